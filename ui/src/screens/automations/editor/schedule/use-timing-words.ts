import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/app/i18n';
import { useFormat } from '@/lib/format';
import { type Schedule, type When, whenOf } from './timing';

type Told = Pick<Schedule, 'cron' | 'at' | 'zone'>;

/** When a schedule runs, in words: "every month on day 5 at 09:00". */
export function useTimingWords(): (schedule: Told) => string {
  const { t } = useTranslation('editor');
  const format = useFormat();
  const weekday = useWeekdays();
  return ({ cron, at, zone }) => {
    if (cron === null) return at === null ? '' : t('schedule.words.once', { at: format.time(at, zone) });
    const when = whenOf(cron);
    return when.mode === 'cron' ? cron : inWords(when);

    function inWords({ mode, time, day, days }: When): string {
      if (mode === 'daily') return t('schedule.words.daily', { time });
      if (mode === 'lastDay') return t('schedule.words.lastDay', { time });
      if (mode === 'monthly') return t('schedule.words.monthly', { day, time });
      return t('schedule.words.weekly', { days: days.map((one) => weekday(one, 'short')).join(', '), time });
    }
  };
}

/** The name of a weekday, 0 being Sunday. */
export function useWeekdays(): (day: number, width: 'short' | 'long') => string {
  const language = useLanguage();
  return (day, width) =>
    new Intl.DateTimeFormat(language, { weekday: width, timeZone: 'UTC' }).format(Date.UTC(2026, 1, 1 + day));
}

/** A cron expression in words; null where it makes no sense, or while the words are being fetched. */
export function useCronWords(cron: string): string | null {
  const language = useLanguage();
  const { data } = useQuery({
    queryKey: ['cronstrue'],
    queryFn: async () => (await import('cronstrue/i18n')).default,
    staleTime: Number.POSITIVE_INFINITY,
    enabled: cron.trim() !== '',
  });
  if (data === undefined) return null;
  try {
    return data.toString(cron, { locale: language, use24HourTimeFormat: true });
  } catch {
    return null;
  }
}
