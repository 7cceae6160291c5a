export const PERIODS = ['today', 'yesterday', 'week', 'days30', 'month', 'own'] as const;
export type PeriodName = (typeof PERIODS)[number];

/** First and last day, both of which count as a whole. */
export interface Period {
  since: string;
  until: string;
}

/** The day that it is at `now` in a zone: 2026-11-30. */
export function dayIn(zone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
}

export function daysBefore(day: string, count: number): string {
  const moment = new Date(`${day}T00:00:00Z`);
  moment.setUTCDate(moment.getUTCDate() - count);
  return moment.toISOString().slice(0, 10);
}

/** A period by its name, as days of `zone`. */
export function periodOf(name: Exclude<PeriodName, 'own'>, zone: string, now: Date): Period {
  const today = dayIn(zone, now);
  switch (name) {
    case 'today':
      return { since: today, until: today };
    case 'yesterday':
      return { since: daysBefore(today, 1), until: daysBefore(today, 1) };
    case 'week':
      return { since: daysBefore(today, 6), until: today };
    case 'days30':
      return { since: daysBefore(today, 29), until: today };
    case 'month':
      return { since: `${today.slice(0, 8)}01`, until: today };
  }
}
