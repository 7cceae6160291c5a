import { queryOptions } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';

const LOOKED_AT_MS = 4_000;

/** Whether mails may leave. */
export const sendingQuery = queryOptions({
  queryKey: keys.sending.all,
  queryFn: ({ signal }) => data(api.GET('/sending', { signal })),
  refetchInterval: LOOKED_AT_MS,
});
