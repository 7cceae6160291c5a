import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import type { Reveal } from '@/components/reveal';
import { parseMail } from './parsed-mail';

export type OutboxMail = Schemas['OutboxMailView'];

const LOOKED_AT_MS = 10_000;

/** The mails, newest first, page after page. */
export function useMails(search: string, revealed: Reveal['query']) {
  const query = { search, limit: 50, ...revealed };
  return useInfiniteQuery({
    queryKey: keys.outbox.list(query),
    queryFn: ({ pageParam, signal }) =>
      data(api.GET('/outbox', { params: { query: { ...query, after: pageParam } }, signal })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    // Looking again at what was revealed would be told to the audit trail each time.
    refetchInterval: revealed.reveal === undefined ? LOOKED_AT_MS : false,
  });
}

/** One mail, taken apart. It is read only once somebody has said why. */
export function useMail(id: string, revealed: Reveal['query']) {
  return useQuery({
    queryKey: keys.outbox.one(id),
    queryFn: async ({ signal }) => {
      const [day = '', folder = '', name = ''] = id.split('/');
      const bytes = await data(
        api.GET('/outbox/{day}/{folder}/{name}', {
          params: { path: { day, folder, name }, query: { reason: revealed.reason } },
          parseAs: 'arrayBuffer',
          signal,
        }),
      );
      return parseMail(bytes);
    },
    enabled: revealed.reveal === true,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
