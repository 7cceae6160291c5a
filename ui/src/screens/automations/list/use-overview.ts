import { useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

const MOST = 500;
/** Of so many runs the last one of each automation is found at once; older ones are asked for one by one. */
const RECENT_RUNS = 200;
const LOOKED_AT_EVERY_MS = 15_000;

export type Run = Schemas['RunView'];

export interface NextRun {
  at: string;
  zone: string;
}

/** When each automation runs next, by its id. */
export function useNextRuns(): ReadonlyMap<string, NextRun> {
  const query = useQuery({
    queryKey: keys.schedule.list({ limit: MOST }),
    queryFn: ({ signal }) => data(api.GET('/scheduler', { params: { query: { limit: MOST } }, signal })),
    refetchInterval: LOOKED_AT_EVERY_MS,
  });
  const next = new Map<string, NextRun>();
  for (const one of query.data?.items ?? []) {
    if (!one.enabled || one.next_due === null) continue;
    const known = next.get(one.automation_id);
    if (known === undefined || one.next_due < known.at)
      next.set(one.automation_id, { at: one.next_due, zone: one.zone });
  }
  return next;
}

/** The last run of an automation; undefined while nobody knows, null where it never ran. */
export function useLastRun(automationId: string): Run | null | undefined {
  const recent = useQuery({
    queryKey: keys.run.list({ limit: RECENT_RUNS }),
    queryFn: ({ signal }) => data(api.GET('/run', { params: { query: { limit: RECENT_RUNS } }, signal })),
    refetchInterval: LOOKED_AT_EVERY_MS,
  });
  const found = recent.data?.items.find((run) => run.automation_id === automationId);
  const isComplete = recent.data !== undefined && (recent.data.next ?? null) === null;
  const older = useQuery({
    queryKey: keys.run.list({ automation_id: automationId, limit: 1 }),
    queryFn: ({ signal }) =>
      data(api.GET('/run', { params: { query: { automation_id: automationId, limit: 1 } }, signal })),
    enabled: recent.data !== undefined && found === undefined && !isComplete,
  });
  if (found !== undefined) return found;
  if (isComplete) return null;
  return older.data === undefined ? undefined : (older.data.items[0] ?? null);
}
