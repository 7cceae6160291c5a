import type { Schemas } from '@/api/client';

export type Timing = Omit<Schemas['tank__api__schedules__PreviewIn'], 'count'>;
export type Schedule = Schemas['ScheduleView'];

/** How an operator says when. */
export type Mode = 'daily' | 'weekly' | 'monthly' | 'lastDay' | 'once' | 'cron';

export const MODES: readonly Mode[] = ['daily', 'weekly', 'monthly', 'lastDay', 'once', 'cron'];

export interface When {
  mode: Mode;
  /** `09:00` */
  time: string;
  /** 0 is Sunday, as cron counts. */
  days: readonly number[];
  /** Of the month. */
  day: number;
  /** `2026-12-01T09:00`, in the schedule's zone. */
  at: string;
  cron: string;
}

export const USUAL: When = { mode: 'monthly', time: '09:00', days: [1], day: 5, at: '', cron: '0 9 5 * *' };

/** The five fields of a cron expression. */
export function cronOf(when: When): string {
  const [hour = '9', minute = '0'] = when.time.split(':').map((part) => String(Number(part)));
  const clock = `${minute} ${hour}`;
  switch (when.mode) {
    case 'daily':
      return `${clock} * * *`;
    case 'weekly':
      return `${clock} * * ${[...when.days].sort((a, b) => a - b).join(',')}`;
    case 'monthly':
      return `${clock} ${when.day} * *`;
    case 'lastDay':
      return `${clock} L * *`;
    default:
      return when.cron.trim();
  }
}

/** A cron expression as the form shows it; `cron` where the form has no words for it. */
export function whenOf(cron: string): When {
  const asCron: When = { ...USUAL, mode: 'cron', cron };
  const match = cron.trim().match(/^(\d{1,2}) (\d{1,2}) (\*|L|\d{1,2}) \* (\*|[0-7](?:[,-][0-7])*)$/);
  if (match === null) return asCron;
  const [, minute = '', hour = '', day = '', week = ''] = match;
  if (Number(hour) > 23 || Number(minute) > 59) return asCron;
  const known: When = { ...asCron, time: `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}` };
  if (week !== '*') {
    const days = day === '*' ? daysOf(week) : null;
    return days === null ? asCron : { ...known, mode: 'weekly', days };
  }
  if (day === '*') return { ...known, mode: 'daily' };
  if (day === 'L') return { ...known, mode: 'lastDay' };
  return { ...known, mode: 'monthly', day: Number(day) };
}

function daysOf(field: string): number[] | null {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const [first, last = first] = part.split('-').map(Number);
    if (first === undefined || last === undefined || first > last) return null;
    for (let day = first; day <= last; day++) found.add(day % 7);
  }
  return [...found];
}

/** A moment as the wall clock of a zone shows it, for a field of a form. */
export function wallClock(moment: string, zone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(moment));
  return parts.replace(' ', 'T');
}
