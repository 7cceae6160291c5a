import { Group, Skeleton, Text } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { JobBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import { type Run, useLastRun } from './use-overview';

/** How an automation's last run ended: its state, when, and how many were mailed. */
export function LastResult({ automationId }: { automationId: string }) {
  const { t } = useTranslation('automations');
  const run = useLastRun(automationId);
  if (run === undefined) return <Skeleton height={14} width={140} />;
  if (run === null)
    return (
      <Text size="sm" c="dimmed">
        {t('list.neverRan')}
      </Text>
    );
  return <RunResult run={run} />;
}

export function RunResult({ run }: { run: Run }) {
  const { t } = useTranslation('automations');
  const { basepath } = useRouter();
  const format = useFormat();
  const { sent, fail, skipped, unknown, target } = run.counts;
  const rest = [
    fail > 0 && t('list.fail', { count: fail, shown: format.number(fail) }),
    skipped > 0 && t('list.skipped', { count: skipped, shown: format.number(skipped) }),
    unknown > 0 && t('list.unknown', { count: unknown, shown: format.number(unknown) }),
  ].filter((text) => text !== false);
  return (
    <div>
      <Group gap={6} wrap="wrap">
        <JobBadge state={run.state} />
        <Text size="sm" c="dimmed" component="span">
          <a
            title={t('list.toRun')}
            href={`${basepath}/runs/${run.id}`}
            style={{ color: 'inherit' }}
            onClick={(event) => event.stopPropagation()}
          >
            <Time at={run.finished_at ?? run.started_at} style="relative" />
          </a>
        </Text>
      </Group>
      <Text size="xs" c="dimmed" className="tank-figures" mt={2}>
        {[t('list.sent', { sent: format.number(sent), target: format.number(target) }), ...rest].join(' · ')}
      </Text>
    </div>
  );
}
