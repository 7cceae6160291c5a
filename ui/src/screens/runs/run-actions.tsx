import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban, Pause, Play } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { announce } from '@/components/announcer';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { useFormat } from '@/lib/format';
import { isActive, type Run } from './run-queries';

/** Pause, resume, cancel: for whoever may, and where it makes sense. */
export function RunActions({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const mayOperate = useMay('operator');
  const [asking, setAsking] = useState<'pause' | 'cancel' | null>(null);
  const steer = useSteer(run.id);
  const resuming = useMutation({ mutationFn: () => steer('resume', '') });
  if (!mayOperate || !isActive(run) || run.state === 'CANCELLED') return null;
  const left = run.counts.pending;
  return (
    <>
      {run.state === 'PAUSED' ? (
        <Button
          leftSection={<Play size={16} aria-hidden="true" />}
          loading={resuming.isPending}
          onClick={() => resuming.mutate()}
        >
          {t('action.resume')}
        </Button>
      ) : (
        <Button
          variant="default"
          leftSection={<Pause size={16} aria-hidden="true" />}
          onClick={() => setAsking('pause')}
        >
          {t('action.pause')}
        </Button>
      )}
      <Button
        variant="default"
        leftSection={<Ban size={16} aria-hidden="true" />}
        onClick={() => setAsking('cancel')}
      >
        {t('action.cancel')}
      </Button>
      {asking === 'pause' && (
        <ConfirmDialog
          title={t('action.pauseTitle')}
          verb={t('action.pause')}
          asksReason
          act={(reason) => steer('pause', reason)}
          close={() => setAsking(null)}
        >
          {t('action.pauseText')}
        </ConfirmDialog>
      )}
      {asking === 'cancel' && (
        <ConfirmDialog
          title={t('action.cancelTitle')}
          verb={t('action.cancel')}
          isDangerous
          asksReason
          act={(reason) => steer('cancel', reason)}
          close={() => setAsking(null)}
        >
          {t('action.cancelText', { left: format.number(left) })}
        </ConfirmDialog>
      )}
    </>
  );
}

/** Steers the run, shows its new state at once, and says it. */
function useSteer(runId: string): (what: 'pause' | 'resume' | 'cancel', reason: string) => Promise<void> {
  const { t } = useTranslation('runs');
  const client = useQueryClient();
  const params = { path: { run_id: runId } };
  return async (what, reason) => {
    const answer =
      what === 'pause'
        ? api.POST('/run/{run_id}/pause', { params, body: { reason } })
        : what === 'cancel'
          ? api.POST('/run/{run_id}/cancel', { params, body: { reason } })
          : api.POST('/run/{run_id}/resume', { params });
    client.setQueryData(keys.run.one(runId), await data(answer));
    void client.invalidateQueries({ queryKey: keys.run.all });
    announce(t(`action.done.${what}`));
  };
}
