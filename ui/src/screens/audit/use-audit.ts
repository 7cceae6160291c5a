import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useLanguage } from '@/app/i18n';
import type { Reveal } from '@/components/reveal';
import { useKeyset } from '@/lib/keyset';
import { beginOf } from '@/lib/moments';
import { useZone } from '@/lib/zone';

export type AuditEntry = Schemas['AuditView'];

/** What the address says is wanted, as the API puts it: moments instead of days. */
function useAuditQuery() {
  const { since, until, ...rest } = useSearch({ from: '/inside/audit' });
  const zone = useZone();
  return {
    ...rest,
    ...(since === undefined ? {} : { since: beginOf(since, zone) }),
    ...(until === undefined ? {} : { until: beginOf(until, zone, 1) }),
  };
}

export function useAuditPages(revealed: Reveal['query']) {
  const query = { ...useAuditQuery(), ...revealed };
  return useKeyset({
    queryKey: keys.audit.list(query),
    load: ({ after, limit, signal }) =>
      data(api.GET('/audit', { params: { query: { ...query, after, limit } }, signal })),
  });
}

/** Whether the chain is whole; every hash is computed anew, so it is not asked all the time. */
export function useVerdict() {
  return useQuery({
    queryKey: keys.audit.part('chain', 'verdict'),
    queryFn: ({ signal }) => data(api.GET('/audit/verify', { signal })),
    staleTime: 300_000,
  });
}

export function useAuditDownload(): string {
  const query = useAuditQuery();
  const zone = useZone();
  const language = useLanguage();
  return `/audit.csv?${new URLSearchParams({ ...query, zone, language })}`;
}
