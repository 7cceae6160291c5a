import { ActionIcon, Badge, Button, Group, Text, TextInput, Title } from '@mantine/core';
import { Pencil } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useZone } from '@/lib/zone';
import classes from './calendar.module.css';
import type { CompanyCalendar } from './use-calendar';

interface OwnDaysProps {
  calendar: CompanyCalendar;
  mayChange: boolean;
  choose: (day: string) => void;
}

/** The company's own days that are still to come, and a way to any date. */
export function OwnDays({ calendar, mayChange, choose }: OwnDaysProps) {
  const { t } = useTranslation('settings');
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: useZone() }).format(new Date());
  const days = [
    ...(calendar.holidays ?? []).map((one) => ({ ...one, kind: 'off' as const })),
    ...(calendar.working_days ?? []).map((one) => ({ ...one, kind: 'worked' as const })),
  ]
    .filter((one) => one.date >= today)
    .sort((a, b) => a.date.localeCompare(b.date));
  return (
    <div>
      <Title order={3} size="h4" mb={6}>
        {t('own.title')}
      </Title>
      {days.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t(mayChange ? 'own.none' : 'own.noneReadOnly')}
        </Text>
      ) : (
        <ul className={classes.own}>
          {days.map((one) => (
            <li key={one.date}>
              <span className="tank-figures">{one.date}</span>
              <span className={classes.ownName}>{one.name}</span>
              <Badge
                className="tank-status"
                color={one.kind === 'off' ? 'red' : 'petrol'}
                data-tone={one.kind === 'off' ? 'bad' : 'busy'}
              >
                {t(`day.${one.kind}`)}
              </Badge>
              {mayChange && (
                <ActionIcon
                  size="sm"
                  onClick={() => choose(one.date)}
                  aria-label={t('own.edit', { day: one.date, name: one.name })}
                >
                  <Pencil size={14} aria-hidden="true" />
                </ActionIcon>
              )}
            </li>
          ))}
        </ul>
      )}
      {mayChange && <AddByDate choose={choose} />}
    </div>
  );
}

function AddByDate({ choose }: { choose: (day: string) => void }) {
  const { t } = useTranslation('settings');
  const [day, setDay] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (day !== '') choose(day);
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs" mt="md" align="flex-end">
        <TextInput
          type="date"
          label={t('own.date')}
          value={day}
          onChange={(event) => setDay(event.currentTarget.value)}
          min="2000-01-01"
          max="2100-12-31"
        />
        <Button type="submit" variant="default" disabled={day === ''}>
          {t('own.add')}
        </Button>
      </Group>
    </form>
  );
}
