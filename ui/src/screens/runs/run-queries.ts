import { queryOptions } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

export type Run = Schemas['RunView'];
export type JobState = Schemas['JobState'];
export type Cause = Schemas['CauseView'];
export type ErrorKind = Schemas['ErrorKind'];

/** The promise of live screens: nothing is staler than this. */
export const LIVE_MS = 2_000;
export const QUIET_MS = 5_000;

export const JOB_STATES: readonly JobState[] = [
  'WAITING',
  'RUNNING',
  'PAUSED',
  'SUCCESS',
  'PARTIAL',
  'FAIL',
  'CANCELLED',
];
/** States in which mails may yet leave. */
export const ACTIVE_STATES: readonly JobState[] = ['WAITING', 'RUNNING', 'PAUSED'];

export const isActive = (run: Run): boolean => run.finished_at === null;

/** Recipients whose story has an end. */
export function endedOf({ counts }: Run): number {
  return counts.sent + counts.fail + counts.skipped + counts.unknown;
}

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: keys.run.one(id),
    queryFn: ({ signal }) => data(api.GET('/run/{run_id}', { params: { path: { run_id: id } }, signal })),
  });

export const causesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.run.part(id, 'causes'),
    queryFn: ({ signal }) =>
      data(api.GET('/run/{run_id}/causes', { params: { path: { run_id: id } }, signal })),
  });

export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: keys.job.one(id),
    queryFn: ({ signal }) => data(api.GET('/job/{job_id}', { params: { path: { job_id: id } }, signal })),
  });

/** Runs in which something may yet happen, newest first. */
export const activeRunsQuery = queryOptions({
  queryKey: keys.run.list({ active: true }),
  queryFn: ({ signal }) =>
    data(api.GET('/run', { params: { query: { state: [...ACTIVE_STATES], limit: 20 } }, signal })),
  refetchInterval: LIVE_MS,
});

/** Jobs that no worker has taken up yet. */
export const waitingJobsQuery = queryOptions({
  queryKey: keys.job.list({ waiting: true }),
  queryFn: ({ signal }) =>
    data(api.GET('/job', { params: { query: { state: ['WAITING'], limit: 20 } }, signal })),
  refetchInterval: LIVE_MS,
});

/** All automations by name, for choosing one and for the names of others' lists. */
export const automationNamesQuery = queryOptions({
  queryKey: keys.automation.list({ names: true }),
  queryFn: ({ signal }) => data(api.GET('/automation', { params: { query: { limit: 500 } }, signal })),
  select: (page) => page.items.map(({ id, name }) => ({ id, name })),
  staleTime: 60_000,
});
