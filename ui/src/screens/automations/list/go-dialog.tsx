import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { type Automation, useAutomationActions, useGoToRun } from '../actions';
import { doubtsOf } from '../editor/trial/pre-flight';
import { PreFlightCard } from '../editor/trial/pre-flight-card';

export type Go = 'run' | 'enable';

interface GoDialogProps {
  go: Go;
  automation: Automation;
  close: () => void;
}

const COMPARED_RUNS = 5;

/** Before mails may leave: what would happen now, a clear go or no-go, and only then the button. */
export function GoDialog({ go, automation, close }: GoDialogProps) {
  const { t } = useTranslation(['automations', 'editor', 'common']);
  const actions = useAutomationActions();
  const goToRun = useGoToRun();
  const [isSure, setSure] = useState(false);
  const { id } = automation;
  const found = useQuery({
    queryKey: keys.automation.part(id, 'pre-flight', { version: automation.draft_version }),
    queryFn: ({ signal }) =>
      data(
        api.POST('/automation/{automation_id}/dry-run', { params: { path: { automation_id: id } }, signal }),
      ),
    retry: false,
    staleTime: 0,
    gcTime: 0,
  });
  const before = useQuery({
    queryKey: keys.run.list({ automation_id: id, limit: COMPARED_RUNS }),
    queryFn: ({ signal }) =>
      data(api.GET('/run', { params: { query: { automation_id: id, limit: COMPARED_RUNS } }, signal })),
  });
  const acting = useMutation({
    mutationFn: async () => {
      if (go === 'enable') {
        await actions.enable(id);
        return notifyDone(t('done.enabled', { name: automation.name }));
      }
      const job = await actions.run(id);
      await goToRun(job.id);
    },
    onSuccess: close,
    meta: { problem: 'inline' },
  });

  const runs = (before.data?.items ?? []).filter((run) => run.sealed_at !== null);
  const doubts = found.data === undefined ? [] : doubtsOf(found.data, runs[0]?.counts.target ?? null);
  const isLooked = found.data !== undefined && before.data !== undefined;
  const isStopped = doubts.some((one) => one.isFinal);
  // Enabling sends nothing by itself: what was found, or that nothing could be, is a warning there.
  const mayGo =
    go === 'enable' ? !found.isPending : isLooked && !isStopped && (doubts.length === 0 || isSure);
  return (
    <Modal
      opened
      size={760}
      onClose={close}
      title={t(`go.${go}.title`, { name: automation.name })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <Stack>
        <Text c="dimmed">{t(`go.${go}.text`)}</Text>
        {automation.draft_differs && automation.active_revision_number !== null && (
          <Text size="sm">{t('go.published', { number: automation.active_revision_number })}</Text>
        )}
        {found.error !== null && <ProblemAlert error={found.error} retry={() => void found.refetch()} />}
        {found.isFetching && (
          <div role="status">
            <Text mb="sm">{t('go.looking')}</Text>
            <LinesSkeleton lines={5} />
          </div>
        )}
        {isLooked && !found.isFetching && (
          <PreFlightCard automation={automation} found={found.data} runs={runs} doubts={doubts} />
        )}
        {go === 'run' && isLooked && doubts.length > 0 && !isStopped && (
          <Checkbox
            label={t('go.sure')}
            checked={isSure}
            onChange={(event) => setSure(event.currentTarget.checked)}
          />
        )}
        {acting.error !== null && <ProblemAlert error={acting.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {t('common:cancel')}
          </Button>
          <Button
            disabled={!mayGo || found.isFetching}
            loading={acting.isPending}
            onClick={() => acting.mutate()}
          >
            {t(`go.${go}.verb`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
