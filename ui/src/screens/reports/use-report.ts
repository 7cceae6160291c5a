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

export type Lines = 'day' | 'automation' | 'error';

/** The address of a list to take away: a plain link, with the session's cookie. */
export function useDownload({
  since,
  until,
  zone,
  automation,
}: ReportFilter): (ending: 'xlsx' | 'csv', lines: Lines) => string {
  const language = useLanguage();
  const query = {
    since,
    until,
    zone,
    language,
    ...(automation === undefined ? {} : { automation_id: automation }),
  };
  return (ending, lines) => `/report/summary.${ending}?${new URLSearchParams({ ...query, lines })}`;
}
