import { Button } from '@mantine/core';
import { Download } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/app/i18n';
import { useZone } from '@/lib/zone';
import type { Run } from './run-queries';

interface DeliveriesCsvProps {
  run: Run;
  /** What is shown unmasked is downloaded unmasked, for the same reason. */
  reveal: { reveal?: true; reason?: string };
}

/** All recipients of the run for a spreadsheet. */
export function DeliveriesCsv({ run, reveal }: DeliveriesCsvProps) {
  const { t } = useTranslation('runs');
  const query = new URLSearchParams({ run_id: run.id, zone: useZone(), language: useLanguage() });
  if (reveal.reveal === true) {
    query.set('reveal', 'true');
    query.set('reason', reveal.reason ?? '');
  }
  return (
    <Button
      component="a"
      href={`/report/deliveries.csv?${query}`}
      download
      variant="default"
      size="xs"
      leftSection={<Download size={14} aria-hidden="true" />}
    >
      {t('deliveries.csv')}
    </Button>
  );
}
