import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

export type Summary = Schemas['SummaryView'];
export type SystemError = Schemas['SystemErrorView'];
export type Sender = Schemas['SenderView'];
export type Worker = Schemas['WorkerView'];

export const PERIODS = ['1', '7', '30'] as const;
export type Period = (typeof PERIODS)[number];

const SUMMARY_MS = 10_000;
const STATE_MS = 5_000;
const QUOTA_MS = 30_000;
const SHOWN_ERRORS = 5;
const SHOWN_SLOTS = 5;
const DAY_MS = 86_400_000;

/** The day that `moment` is in that zone: 2026-11-25. */
export function dayIn(zone: string, moment: Date): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(moment);
}

/** The first and the last day of the `days` days up to now. */
export function daysUpTo(now: Date, days: number, zone: string): { since: string; until: string } {
  const until = dayIn(zone, now);
  // At noon, so that no change of clocks moves it to another day.
  const first = new Date(Date.parse(`${until}T12:00:00Z`) - (days - 1) * DAY_MS);
  return { since: first.toISOString().slice(0, 10), until };
}

export function summaryQuery(period: Period, zone: string) {
  const filter = { ...daysUpTo(new Date(), Number(period), zone), zone };
  return queryOptions({
    queryKey: keys.report.list(filter),
    queryFn: ({ signal }) => data(api.GET('/report/summary', { params: { query: filter }, signal })),
    refetchInterval: SUMMARY_MS,
    placeholderData: keepPreviousData,
  });
}

const errorFilter = { unacknowledged: true, limit: SHOWN_ERRORS };

export const openErrorsQuery = queryOptions({
  queryKey: keys.systemError.list(errorFilter),
  queryFn: ({ signal }) => data(api.GET('/system-error', { params: { query: errorFilter }, signal })),
  refetchInterval: STATE_MS,
});

export const schedulesQuery = queryOptions({
  queryKey: keys.schedule.list({ all: true }),
  queryFn: ({ signal }) => data(api.GET('/scheduler', { params: { query: { limit: 500 } }, signal })),
  refetchInterval: SUMMARY_MS,
});

export const workersQuery = queryOptions({
  queryKey: keys.worker.list(),
  queryFn: ({ signal }) => data(api.GET('/worker', { signal })),
  refetchInterval: STATE_MS,
});

export const sendersQuery = queryOptions({
  queryKey: keys.sender.list(),
  queryFn: ({ signal }) => data(api.GET('/sender', { signal })),
});

export const connectionsQuery = queryOptions({
  queryKey: keys.connection.list(),
  queryFn: ({ signal }) => data(api.GET('/connection', { signal })),
});

/** Whether anything ever ran here. */
export const anyRunQuery = queryOptions({
  queryKey: keys.run.list({ any: true }),
  queryFn: ({ signal }) => data(api.GET('/run', { params: { query: { limit: 1 } }, signal })),
  select: (page) => page.items.length > 0,
  refetchInterval: SUMMARY_MS,
});

/** What fires next over all schedules, soonest first. */
export const upcomingQuery = queryOptions({
  queryKey: keys.schedule.list({ upcoming: true }),
  queryFn: ({ signal }) =>
    data(api.GET('/scheduler/upcoming', { params: { query: { limit: SHOWN_SLOTS } }, signal })),
  refetchInterval: SUMMARY_MS,
});

/** What the account behind a sender may send, as it says itself. */
export const quotaQuery = (senderId: string) =>
  queryOptions({
    queryKey: keys.sender.part(senderId, 'quota'),
    queryFn: ({ signal }) =>
      data(api.GET('/sender/{sender_id}/quota', { params: { path: { sender_id: senderId } }, signal })),
    refetchInterval: QUOTA_MS,
  });
