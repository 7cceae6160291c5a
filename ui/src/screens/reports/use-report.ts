import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useLanguage } from '@/app/i18n';
import { useZone } from '@/lib/zone';
import { dayIn, type PeriodName, periodOf } from './period';

export type Summary = Schemas['SummaryView'];
export type Totals = Schemas['TotalsView'];

export interface ReportFilter {
  name: PeriodName;
  since: string;
  until: string;
  zone: string;
  automation: string | undefined;
}

/** What the address says is to be reported; the last 30 days where it says nothing. */
export function useReportFilter(): ReportFilter {
  const { period, since, until, automation } = useSearch({ from: '/inside/reports' });
  const zone = useZone();
  const now = new Date();
  const name = period ?? (since === undefined && until === undefined ? 'days30' : 'own');
  if (name !== 'own') return { name, ...periodOf(name, zone, now), zone, automation };
  const today = dayIn(zone, now);
  return { name, since: since ?? until ?? today, until: until ?? since ?? today, zone, automation };
}

export function useSummary({ since, until, zone, automation }: ReportFilter) {
  const query = { since, until, zone, ...(automation === undefined ? {} : { automation_id: automation }) };
  return useQuery({
    queryKey: keys.report.part('summary', 'summary', query),
    queryFn: ({ signal }) => data(api.GET('/report/summary', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}

/** The address of a list to take away: a plain link, with the session's cookie. */
export function useDownload(filter: ReportFilter): (lines: 'day' | 'automation' | 'error') => string {
  const language = useLanguage();
  const { since, until, zone, automation } = filter;
  return (lines) => {
    const query = { since, until, zone, lines, language };
    const all = automation === undefined ? query : { ...query, automation_id: automation };
    return `/report/summary.csv?${new URLSearchParams(all)}`;
  };
}
