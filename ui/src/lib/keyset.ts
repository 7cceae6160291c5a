import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { asProblem, type Problem } from '@/api/problem';

export interface KeysetPage<T> {
  items: T[];
  /** Pass it back as `after`; null at the end. */
  next?: string | null;
}

export interface KeysetOptions<T> {
  /** Holds every filter: another key begins at the first page again. */
  queryKey: QueryKey;
  load: (page: { after: string | undefined; limit: number; signal: AbortSignal }) => Promise<KeysetPage<T>>;
  limit?: number;
  /** Milliseconds between looks at the page shown; may depend on what it shows. */
  refetchInterval?: number | false | ((items: readonly T[]) => number | false);
}

export interface Keyset<T> {
  items: readonly T[];
  /** 1 for the first. */
  page: number;
  limit: number;
  /** Nothing is there to show yet. */
  isLoading: boolean;
  /** What is shown is the page (or the filter) before, while the next is on its way. */
  isStale: boolean;
  problem: Problem | null;
  /** Undefined where there is no such page. */
  goNext: (() => void) | undefined;
  goPrevious: (() => void) | undefined;
  goFirst: (() => void) | undefined;
  reload: () => void;
}

/** A list of the API, page by page; a million rows cost what fifty do. */
export function useKeyset<T>({
  queryKey,
  load,
  limit = 50,
  refetchInterval = false,
}: KeysetOptions<T>): Keyset<T> {
  const filter = JSON.stringify(queryKey);
  // Where each page before this one began; the first has no beginning.
  const [trail, setTrail] = useState<{ filter: string; cursors: readonly string[] }>({ filter, cursors: [] });
  const cursors = trail.filter === filter ? trail.cursors : [];
  const after = cursors.at(-1);

  const query = useQuery({
    queryKey: [...queryKey, { after: after ?? null, limit }],
    queryFn: ({ signal }) => load({ after, limit, signal }),
    placeholderData: keepPreviousData,
    refetchInterval:
      typeof refetchInterval === 'function'
        ? ({ state }) => refetchInterval(state.data?.items ?? [])
        : refetchInterval,
  });

  const go = useCallback((to: readonly string[]) => setTrail({ filter, cursors: to }), [filter]);
  const next = query.isPlaceholderData ? null : (query.data?.next ?? null);

  return {
    items: query.data?.items ?? [],
    page: cursors.length + 1,
    limit,
    isLoading: query.isPending,
    isStale: query.isPlaceholderData,
    problem: query.error === null ? null : asProblem(query.error),
    goNext: next === null ? undefined : () => go([...cursors, next]),
    goPrevious: cursors.length === 0 ? undefined : () => go(cursors.slice(0, -1)),
    goFirst: cursors.length === 0 ? undefined : () => go([]),
    reload: () => void query.refetch(),
  };
}
