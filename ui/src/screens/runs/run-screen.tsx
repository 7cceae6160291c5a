import { Group, Skeleton, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { AnchorLink } from '@/components/links';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { ScreenSkeleton } from '@/components/skeletons';
import { JobBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { useLiveRun } from '@/lib/live';
import { RunActions } from './run-actions';
import { RunCauses } from './run-causes';
import { RunNotice } from './run-notice';
import { RunOverview } from './run-overview';
import { isActive, jobQuery, LIVE_MS, type Run, runQuery } from './run-queries';
import { RunUpdates } from './run-updates';

/** The larger half of the screen, and beneath what is looked at first. */
const RunDeliveries = lazy(() => import('./run-deliveries'));

export function RunScreen() {
  // All texts of the screen at once: one that is fetched later would hide what is there already.
  const { t } = useTranslation(['runs', 'causes', 'status']);
  const { runId } = useParams({ from: '/inside/runs/$runId' });
  // Polls as well: a proxy may hold events back, and nothing here may be staler than two seconds.
  const query = useQuery({
    ...runQuery(runId),
    refetchInterval: ({ state }) => (state.data !== undefined && mayChange(state.data) ? LIVE_MS : false),
  });
  useLiveRun(runId, query.data !== undefined && isActive(query.data));

  const run = query.data;
  if (run === undefined) {
    return (
      <Page title={t('run.title')} above={<ToRuns />}>
        {query.error === null ? (
          <ScreenSkeleton />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )}
      </Page>
    );
  }
  return (
    <Page
      title={run.automation_name}
      above={<ToRuns />}
      description={<Origin run={run} />}
      actions={<RunActions run={run} />}
    >
      <Stack gap="xl">
        <RunNotice run={run} />
        <RunOverview run={run} />
        <RunCauses run={run} />
        <RunUpdates run={run} />
        <Suspense fallback={<Skeleton height={400} />}>
          <RunDeliveries run={run} />
        </Suspense>
      </Stack>
    </Page>
  );
}

/** Mails may leave yet, or write-backs are done again. */
const mayChange = (run: Run): boolean => isActive(run) || run.counts.update_pending > 0;

function ToRuns() {
  const { t } = useTranslation('runs');
  return (
    <AnchorLink to="/runs" size="sm">
      <Group gap={4} component="span" display="inline-flex">
        <ArrowLeft size={14} aria-hidden="true" />
        {t('run.all')}
      </Group>
    </AnchorLink>
  );
}

/** What asked for the run, and when. */
function Origin({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const { data: job } = useQuery(jobQuery(run.job_id));
  return (
    <Group gap="xs" component="span" display="inline-flex">
      <JobBadge state={run.state} />
      <Time at={run.started_at} />
      {job !== undefined && <span>· {t(`trigger.${job.trigger}`, { who: job.requested_by })}</span>}
      {job?.source_run_id != null && (
        <AnchorLink to="/runs/$runId" params={{ runId: job.source_run_id }} size="sm">
          {t('run.source')}
        </AnchorLink>
      )}
    </Group>
  );
}
