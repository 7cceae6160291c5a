import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { useFormat } from '@/lib/format';
import type { ErrorKind, Run } from './run-queries';

/** The API takes so many at once. */
const MOST = 1_000;
const PAGE = 500;

interface ResendUnknownProps {
  run: Run;
  kind: ErrorKind;
  count: number;
  onJob: (job: Schemas['JobView']) => void;
  close: () => void;
}

/** Sends again to people of whom nobody knows whether they were mailed; only because a person says so, and why. */
export function ResendUnknown({ run, kind, count, onJob, close }: ResendUnknownProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const taken = Math.min(count, MOST);
  const resend = async (reason: string) => {
    const ids = await unknownIds(run.id, kind, taken);
    const deliveries = ids.map((delivery_id) => ({ delivery_id }));
    const answer = api.POST('/run/{run_id}/resend', {
      params: { path: { run_id: run.id } },
      body: { reason, deliveries },
    });
    onJob(await data(answer));
  };
  return (
    <ConfirmDialog
      title={t('causes.resendTitle', { count: taken, formatted: format.number(taken) })}
      verb={t('resend.verb')}
      isDangerous
      asksReason
      act={resend}
      close={close}
    >
      <Text>{t('causes.resendText')}</Text>
      {count > MOST && <Text mt="xs">{t('causes.resendMost', { most: format.number(MOST) })}</Text>}
    </ConfirmDialog>
  );
}

async function unknownIds(runId: string, kind: ErrorKind, most: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await data(
      api.GET('/run/{run_id}/delivery', {
        params: {
          path: { run_id: runId },
          query: {
            status: ['UNKNOWN'],
            error_kind: [kind],
            after,
            limit: Math.min(PAGE, most - ids.length),
          },
        },
      }),
    );
    ids.push(...page.items.map(({ id }) => id));
    after = page.next ?? undefined;
  } while (after !== undefined && ids.length < most);
  return ids;
}
