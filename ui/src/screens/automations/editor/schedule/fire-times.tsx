import { Badge, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { asProblem } from '@/api/problem';
import { useLanguage } from '@/app/i18n';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { useFormat } from '@/lib/format';
import classes from './fire-times.module.css';
import type { Timing } from './timing';

const SHOWN = 10;

/** The next ten times, from the server, which knows the holidays. */
export function FireTimes({ timing, isReady }: { timing: Timing; isReady: boolean }) {
  const { t } = useTranslation('editor');
  const [asked] = useDebouncedValue(JSON.stringify(timing), 300);
  const query = useQuery({
    queryKey: keys.schedule.list({ preview: asked }),
    queryFn: ({ signal }) =>
      data(
        api.POST('/scheduler/preview', { body: { ...(JSON.parse(asked) as Timing), count: SHOWN }, signal }),
      ),
    enabled: isReady,
    placeholderData: keepPreviousData,
    retry: false,
  });
  return (
    <section aria-label={t('schedule.upcoming')}>
      <Text fw={600} mb="xs">
        {t('schedule.upcoming')}
      </Text>
      {query.error !== null && <ProblemAlert error={asProblem(query.error)} />}
      {query.isLoading && <LinesSkeleton lines={8} />}
      {!isReady && <Text c="dimmed">{t('schedule.notReady')}</Text>}
      {isReady && query.error === null && query.data?.length === 0 && (
        <Text c="dimmed">{t('schedule.never')}</Text>
      )}
      {isReady && query.error === null && query.data !== undefined && (
        <ol className={classes.list}>
          {query.data.map((slot) => (
            <Slot key={slot.due_at} slot={slot} zone={timing.zone} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Slot({ slot, zone }: { slot: Schemas['PlannedSlotView']; zone: string }) {
  const { t } = useTranslation('editor');
  const format = useFormat();
  const language = useLanguage();
  const shown = (moment: string) => {
    const weekday = new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: zone }).format(
      new Date(moment),
    );
    return `${format.time(moment, zone)} (${weekday})`;
  };
  const reason =
    slot.day_off === null ? '' : slot.day_off.kind === 'weekend' ? t('schedule.weekend') : slot.day_off.name;
  return (
    <li className={classes.slot} data-skipped={slot.is_skipped || undefined}>
      <time dateTime={slot.fire_at} title={format.time(slot.fire_at, zone, 'full')} className="tank-figures">
        {shown(slot.is_skipped ? slot.due_at : slot.fire_at)}
      </time>
      {slot.day_off !== null && (
        <Badge
          color={slot.is_skipped ? 'gray' : 'yellow'}
          className="tank-status"
          data-tone={slot.is_skipped ? 'quiet' : 'warning'}
        >
          {reason}
        </Badge>
      )}
      {slot.is_skipped && <Text size="sm">{t('schedule.skipped')}</Text>}
      {slot.is_moved && (
        <Text size="sm" c="dimmed">
          {t('schedule.moved', { from: shown(slot.due_at) })}
        </Text>
      )}
    </li>
  );
}
