import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { useFormat } from '@/lib/format';
import { type Automation, useAutomationActions, useGoToRun } from '../actions';
import { preFlight, verdictOf } from '../editor/trial/pre-flight';
import { PreFlightCard } from '../editor/trial/pre-flight-card';

export type Go = 'run' | 'enable';

interface GoDialogProps {
  go: Go;
  automation: Automation;
  close: () => void;
}

/** Before mails may leave: what would happen now, a clear go or no-go, and only then the button. */
export function GoDialog({ go, automation, close }: GoDialogProps) {
  const { t } = useTranslation(['automations', 'editor', 'common']);
  const actions = useAutomationActions();
  const goToRun = useGoToRun();
  const format = useFormat();
  const [isSure, setSure] = useState(false);
  const { id } = automation;
  const [done, setDone] = useState(0);
  const found = useQuery({
    queryKey: keys.automation.part(id, 'pre-flight', { version: automation.draft_version }),
    queryFn: ({ signal }) => preFlight(id, signal, setDone),
    retry: false,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
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

  const verdict = found.data === undefined ? null : verdictOf(found.data);
  // Enabling sends nothing by itself: what was found, or that nothing could be, is a warning there.
  const mayGo = go === 'enable' ? !found.isPending : verdict === 'go' || (verdict === 'look' && isSure);
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
            <Text mb="sm">
              {t('go.looking')} {done > 0 && t('go.done', { count: done, shown: format.number(done) })}
            </Text>
            <LinesSkeleton lines={5} />
          </div>
        )}
        {found.data !== undefined && !found.isFetching && (
          <PreFlightCard automation={automation} found={found.data} />
        )}
        {go === 'run' && verdict === 'look' && (
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
