import { Alert, Button, Text } from '@mantine/core';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { NeedsRole } from '@/components/needs-role';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { useReveal } from '@/components/reveal';
import { useFormat } from '@/lib/format';
import { AuditTable } from './audit-table';
import { Filters } from './filters';
import { useAuditDownload, useAuditPages, useVerdict } from './use-audit';

/** Who did what, when and from where, and who looked at personal data. */
export function AuditScreen() {
  const { t } = useTranslation('audit');
  const may = useMay('admin');
  if (may) return <Audit />;
  return (
    <Page title={t('title')}>
      <NeedsRole needed="admin" />
    </Page>
  );
}

function Audit() {
  const { t } = useTranslation('audit');
  const reveal = useReveal();
  const keyset = useAuditPages(reveal.query);
  const download = useAuditDownload();
  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          {reveal.control}
          <Button component="a" href={download} download variant="default" size="xs">
            {t('download')}
          </Button>
        </>
      }
    >
      <Verdict />
      <Filters />
      <AuditTable keyset={keyset} />
    </Page>
  );
}

/** Each entry holds the hash of the one before: whoever changes one breaks the chain. */
function Verdict() {
  const { t } = useTranslation('audit');
  const format = useFormat();
  const { data: verdict, error, refetch } = useVerdict();
  if (error !== null) return <ProblemAlert error={error} retry={() => void refetch()} />;
  if (verdict === undefined) return null;
  if (verdict.intact) {
    return (
      <Text size="sm" c="dimmed" mb="md" role="status">
        <ShieldCheck
          size={15}
          color="var(--mantine-color-teal-7)"
          style={{ verticalAlign: '-2px', marginInlineEnd: 6 }}
          aria-hidden="true"
        />
        {t('chain.intact', { entries: format.number(verdict.entries) })}
      </Text>
    );
  }
  return (
    <Alert
      color="red"
      mb="md"
      role="alert"
      icon={<ShieldAlert size={18} aria-hidden="true" />}
      title={t('chain.broken')}
    >
      {t('chain.brokenText', { at: verdict.broken_at ?? '?' })}
    </Alert>
  );
}
