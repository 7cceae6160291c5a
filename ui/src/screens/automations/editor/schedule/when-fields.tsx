import { Checkbox, Group, Input, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { cronOf, MODES, type When } from './timing';
import { useCronWords, useWeekdays } from './use-timing-words';

/** Monday first, as calendars in Korea's offices are read. */
const WEEK = [1, 2, 3, 4, 5, 6, 0] as const;

interface WhenFieldsProps {
  when: When;
  onChange: (when: When) => void;
}

/** How often, and at what time. */
export function WhenFields({ when, onChange }: WhenFieldsProps) {
  const { t } = useTranslation('editor');
  const weekday = useWeekdays();
  const { mode } = when;
  const choose = (next: When['mode']) =>
    onChange({ ...when, mode: next, cron: next === 'cron' ? cronOf(when) : when.cron });
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        <Select
          label={t('schedule.how')}
          data={MODES.map((value) => ({ value, label: t(`schedule.modes.${value}`) }))}
          value={mode}
          onChange={(value) => choose(MODES.find((one) => one === value) ?? 'monthly')}
          w={190}
        />
        {mode === 'monthly' && (
          <NumberInput
            label={t('schedule.day')}
            value={when.day}
            onChange={(day) => typeof day === 'number' && onChange({ ...when, day })}
            min={1}
            max={31}
            clampBehavior="strict"
            allowDecimal={false}
            w={90}
          />
        )}
        {mode !== 'once' && mode !== 'cron' && (
          <TextInput
            type="time"
            label={t('schedule.time')}
            value={when.time}
            onChange={(event) =>
              event.currentTarget.value !== '' && onChange({ ...when, time: event.currentTarget.value })
            }
            w={130}
            required
          />
        )}
        {mode === 'once' && (
          <TextInput
            type="datetime-local"
            label={t('schedule.at')}
            value={when.at}
            onChange={(event) => onChange({ ...when, at: event.currentTarget.value })}
            w={220}
            required
          />
        )}
      </Group>
      {mode === 'monthly' && when.day > 28 && (
        <Text size="sm" c="dimmed">
          {t('schedule.shortMonths', { day: when.day })}
        </Text>
      )}
      {mode === 'weekly' && (
        <Checkbox.Group
          label={t('schedule.weekdays')}
          value={when.days.map(String)}
          onChange={(days) => onChange({ ...when, days: days.map(Number) })}
        >
          <Group gap="sm" mt={4}>
            {WEEK.map((day) => (
              <Checkbox
                key={day}
                value={String(day)}
                label={weekday(day, 'short')}
                aria-label={weekday(day, 'long')}
              />
            ))}
          </Group>
        </Checkbox.Group>
      )}
      {mode === 'cron' && <CronField cron={when.cron} onChange={(cron) => onChange({ ...when, cron })} />}
    </Stack>
  );
}

function CronField({ cron, onChange }: { cron: string; onChange: (cron: string) => void }) {
  const { t } = useTranslation('editor');
  const words = useCronWords(cron);
  return (
    <div>
      <TextInput
        label={t('schedule.cron')}
        description={t('schedule.cronHint')}
        value={cron}
        onChange={(event) => onChange(event.currentTarget.value)}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        spellCheck={false}
        maxLength={200}
      />
      {words !== null && <Input.Description mt={4}>{words}</Input.Description>}
    </div>
  );
}
