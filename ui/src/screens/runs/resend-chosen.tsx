import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { useFormat } from '@/lib/format';
import type { Chosen } from './delivery-columns';
import { mayBeTwice } from './delivery-values';
import type { Run } from './run-queries';

interface ResendChosenProps {
  run: Run;
  chosen: Chosen;
  onJob: (job: Schemas['JobView']) => void;
  close: () => void;
}

/** Sends ticked deliveries again, and says to how many that may mean the same mail twice. */
export function ResendChosen({ run, chosen, onJob, close }: ResendChosenProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const twice = [...chosen.values()].filter(mayBeTwice).length;
  const resend = async (reason: string) => {
    const deliveries = [...chosen.keys()].map((delivery_id) => ({ delivery_id }));
    const answer = api.POST('/run/{run_id}/resend', {
      params: { path: { run_id: run.id } },
      body: { reason, deliveries },
    });
    onJob(await data(answer));
  };
  return (
    <ConfirmDialog
      title={t('resend.title', { count: chosen.size, formatted: format.number(chosen.size) })}
      verb={t('resend.verb')}
      isDangerous={twice > 0}
      asksReason
      act={resend}
      close={close}
    >
      <Text>{t('resend.text')}</Text>
      {twice > 0 && (
        <Text mt="xs" fw={600}>
          {t('resend.twice', { count: twice, formatted: format.number(twice) })}
        </Text>
      )}
    </ConfirmDialog>
  );
}
