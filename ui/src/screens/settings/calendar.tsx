import { ActionIcon, Button, Group, Text, VisuallyHidden } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLanguage } from '@/app/i18n';
import { useMay } from '@/app/session';
import { ProblemAlert } from '@/components/problem-alert';
import { Section } from '@/components/section';
import { LinesSkeleton } from '@/components/skeletons';
import { useZone } from '@/lib/zone';
import classes from './calendar.module.css';
import { monthAfter, weeksOf } from './month';
import { OwnDays } from './own-days';
import { type CompanyCalendar, useCalendar, useDaysOff } from './use-calendar';

const DayDialog = lazy(() => import('./day-dialog'));

/** Which days are business days: public holidays, and what the company says on top. */
export function Calendar() {
  const { t } = useTranslation('settings');
  const { data: calendar, error, refetch } = useCalendar();
  return (
    <Section title={t('calendar.title')} text={t('calendar.text')}>
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {calendar === undefined && error === null && <LinesSkeleton lines={8} />}
      {calendar !== undefined && <Days calendar={calendar} />}
    </Section>
  );
}

function Days({ calendar }: { calendar: CompanyCalendar }) {
  const mayChange = useMay('operator');
  const [day, setDay] = useState<string | null>(null);
  return (
    <div className={classes.both}>
      <Month calendar={calendar} choose={mayChange ? setDay : undefined} />
      <OwnDays calendar={calendar} mayChange={mayChange} choose={setDay} />
      {day !== null && (
        <Suspense>
          <DayDialog key={day} calendar={calendar} day={day} close={() => setDay(null)} />
        </Suspense>
      )}
    </div>
  );
}

interface MonthProps {
  calendar: CompanyCalendar;
  /** Undefined for whoever may only look. */
  choose: ((day: string) => void) | undefined;
}

function Month({ calendar, choose }: MonthProps) {
  const { t } = useTranslation('settings');
  const language = useLanguage();
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: useZone() }).format(new Date());
  const [shown, setShown] = useState({ year: Number(today.slice(0, 4)), month: Number(today.slice(5, 7)) });
  const { data: daysOff = [] } = useDaysOff(shown.year);
  const locale = language === 'ko' ? 'ko-KR' : 'en-GB';
  const first = new Date(Date.UTC(shown.year, shown.month - 1, 1));
  const title = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    first,
  );
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
  const off = new Map(daysOff.map((one) => [one.date, one]));
  const worked = new Map((calendar.working_days ?? []).map((one) => [one.date, one.name]));
  const move = (by: number) => setShown(monthAfter(shown.year, shown.month, by));
  return (
    <div>
      <Group gap={4} mb="xs">
        <ActionIcon aria-label={t('calendar.previous')} onClick={() => move(-1)}>
          <ChevronLeft size={18} aria-hidden="true" />
        </ActionIcon>
        <Text fw={650} miw={120} ta="center" aria-live="polite">
          {title}
        </Text>
        <ActionIcon aria-label={t('calendar.next')} onClick={() => move(1)}>
          <ChevronRight size={18} aria-hidden="true" />
        </ActionIcon>
        <Button
          variant="subtle"
          size="compact-sm"
          onClick={() => setShown({ year: Number(today.slice(0, 4)), month: Number(today.slice(5, 7)) })}
        >
          {t('calendar.today')}
        </Button>
      </Group>
      <table className={classes.month} aria-label={title}>
        <thead>
          <tr>
            {Array.from({ length: 7 }, (_, day) => {
              // 4 January 2026 is a Sunday.
              const name = weekday.format(new Date(Date.UTC(2026, 0, 4 + day)));
              return (
                <th key={name} scope="col">
                  {name}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {weeksOf(shown.year, shown.month).map((week) => (
            <tr key={week.find((day) => day !== null)}>
              {week.map((day, column) =>
                day === null ? (
                  // biome-ignore lint/suspicious/noArrayIndexKey: an empty place has nothing else.
                  <td key={column} />
                ) : (
                  <Day
                    key={day}
                    day={day}
                    isToday={day === today}
                    isWeekend={column === 0 || column === 6}
                    off={off.get(day)}
                    worked={worked.get(day)}
                    choose={choose}
                  />
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface DayProps {
  day: string;
  isToday: boolean;
  isWeekend: boolean;
  off: { kind: string; name: string } | undefined;
  worked: string | undefined;
  choose: ((day: string) => void) | undefined;
}

function Day({ day, isToday, isWeekend, off, worked, choose }: DayProps) {
  const isOff = worked === undefined && (isWeekend || off !== undefined);
  const name = worked ?? off?.name;
  const content = (
    <>
      <VisuallyHidden>{day}</VisuallyHidden>
      <span aria-hidden="true">{Number(day.slice(8))}</span>
      {name !== undefined && <span className={classes.name}>{name}</span>}
    </>
  );
  const kind = worked !== undefined ? 'worked' : (off?.kind ?? (isWeekend ? 'weekend' : 'plain'));
  return (
    <td data-kind={kind} data-off={isOff || undefined} aria-current={isToday ? 'date' : undefined}>
      {choose === undefined ? (
        <div className={classes.day}>{content}</div>
      ) : (
        <button type="button" className={classes.day} onClick={() => choose(day)}>
          {content}
        </button>
      )}
    </td>
  );
}
