import { Button, Group, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { notifyDone } from '@/components/notify';
import { UpdateBadge, type UpdateStatus } from '@/components/status-badge';
import { useFormat } from '@/lib/format';
import classes from './run.module.css';
import type { Run } from './run-queries';

const TAKEN_UP_AFTER_MS = 3_000;

/** What became of the write-backs (UPDATE_QUERY_OK), and doing the failed ones again. */
export function RunUpdates({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const { update_ok, update_failed, update_in_doubt, update_pending } = run.counts;
  const lines: readonly (readonly [UpdateStatus, number])[] = [
    ['Y', update_ok],
    ['PENDING', update_pending],
    ['N', update_failed],
    ['IN_DOUBT', update_in_doubt],
  ];
  const shown = lines.filter(([, count]) => count > 0);
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="updates">
      <Title order={2} id="updates" mb="xs">
        {t('updates.title')}
      </Title>
      <div className={classes.list}>
        {shown.map(([status, count]) => (
          <UpdateLine key={status} run={run} status={status} count={count} />
        ))}
      </div>
    </section>
  );
}

function UpdateLine({ run, status, count }: { run: Run; status: UpdateStatus; count: number }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const navigate = useNavigate({ from: '/runs/$runId' });
  const show = () =>
    void navigate({ search: { update: status }, replace: true, resetScroll: false }).then(() =>
      document.getElementById('deliveries')?.scrollIntoView({ block: 'start' }),
    );
  return (
    <div className={classes.cause}>
      <div className={classes.causeCount}>
        {t('causes.count', { count, formatted: format.number(count) })}
        <UpdateBadge status={status} />
      </div>
      <Text>{t(`updates.why.${status as 'Y'}`)}</Text>
      <Group className={classes.causeActions}>
        <Button variant="subtle" size="xs" onClick={show}>
          {t('causes.show')}
        </Button>
        {(status === 'N' || status === 'IN_DOUBT') && <Replay run={run} status={status} count={count} />}
      </Group>
    </div>
  );
}

function Replay({ run, status, count }: { run: Run; status: 'N' | 'IN_DOUBT'; count: number }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const client = useQueryClient();
  const mayOperate = useMay('operator');
  const [isAsking, setIsAsking] = useState(false);
  const replaying = useMutation({
    mutationFn: () =>
      data(
        api.POST('/run/{run_id}/replay-updates', {
          params: { path: { run_id: run.id } },
          body: { statuses: [status] },
        }),
      ),
    meta: { problem: 'inline' },
    onSuccess: () => {
      notifyDone(t('updates.replayed'));
      const lookAgain = () => client.invalidateQueries({ queryKey: keys.run.all });
      void lookAgain();
      // A worker takes it up in a moment.
      setTimeout(lookAgain, TAKEN_UP_AFTER_MS);
    },
  });
  if (!mayOperate) return null;
  return (
    <>
      <Button
        size="xs"
        variant="default"
        leftSection={<RotateCcw size={14} aria-hidden="true" />}
        onClick={() => setIsAsking(true)}
      >
        {t('updates.replay', { count, formatted: format.number(count) })}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('updates.replay', { count, formatted: format.number(count) })}
          verb={t('updates.replayVerb')}
          act={() => replaying.mutateAsync()}
          close={() => setIsAsking(false)}
        >
          {t(`updates.replayText.${status}`)}
        </ConfirmDialog>
      )}
    </>
  );
}
