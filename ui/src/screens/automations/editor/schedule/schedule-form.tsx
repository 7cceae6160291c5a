import { Alert, Button, Group, Paper, Radio, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { keepComposingEnter } from '@/lib/ime';
import { ZoneSelect } from '../policies/general-card';
import { FireTimes } from './fire-times';
import { cronOf, type Schedule, type Timing, USUAL, type When, wallClock, whenOf } from './timing';
import { WhenFields } from './when-fields';

const BUSINESS_DAYS = ['any_day', 'next_business_day', 'previous_business_day', 'skip'] as const;
const MISFIRES = ['run_once', 'skip'] as const;
const OVERLAPS = ['queue', 'skip'] as const;

interface ScheduleFormProps {
  automationId: string;
  /** The one that is changed; a new one where it is left out. */
  schedule?: Schedule;
  close: () => void;
}

function begun(schedule: Schedule | undefined): When {
  if (schedule === undefined) return USUAL;
  if (schedule.cron !== null) return whenOf(schedule.cron);
  return { ...USUAL, mode: 'once', at: schedule.at === null ? '' : wallClock(schedule.at, schedule.zone) };
}

/** When to run: by form or cron, with the next ten times beside it. */
export function ScheduleForm({ automationId, schedule, close }: ScheduleFormProps) {
  const { t } = useTranslation(['editor', 'common']);
  const client = useQueryClient();
  const [when, setWhen] = useState<When>(() => begun(schedule));
  const [rest, setRest] = useState<Omit<Timing, 'cron' | 'at'>>({
    zone: schedule?.zone ?? 'Asia/Seoul',
    business_days: schedule?.business_days ?? 'any_day',
    misfire: schedule?.misfire ?? 'run_once',
    overlap: schedule?.overlap ?? 'queue',
    catch_up_seconds: schedule?.catch_up_seconds ?? 6 * 3600,
  });
  const isOnce = when.mode === 'once';
  const timing: Timing = isOnce
    ? { ...rest, cron: null, at: when.at }
    : { ...rest, cron: cronOf(when), at: null };
  const isReady = isOnce ? when.at !== '' : when.mode !== 'weekly' || when.days.length > 0;

  const saving = useMutation({
    mutationFn: async (): Promise<Schemas['ProblemField'][]> => {
      if (schedule === undefined) {
        const made = await data(
          api.POST('/scheduler', { body: { ...timing, automation_id: automationId, enabled: true } }),
        );
        return made.lacking;
      }
      const path = { params: { path: { schedule_id: schedule.id } } };
      const change = isOnce ? { ...rest, at: when.at } : { ...rest, cron: cronOf(when) };
      await data(api.PATCH('/scheduler/{schedule_id}', { ...path, body: change }));
      return [];
    },
    onSuccess: async (lacking) => {
      await client.invalidateQueries({ queryKey: keys.schedule.all });
      await client.invalidateQueries({ queryKey: keys.automation.all });
      if (lacking.length > 0) return;
      notifyDone(t('schedule.saved'));
      close();
    },
    meta: { problem: 'inline' },
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !saving.isPending) saving.mutate();
  };

  return (
    <Paper withBorder p="md">
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl">
          <Stack gap="md">
            <WhenFields when={when} onChange={setWhen} />
            <ZoneSelect
              label={t('schedule.zone')}
              value={rest.zone}
              onChange={(zone) => setRest({ ...rest, zone })}
            />
            <Radio.Group
              label={t('schedule.daysLabel')}
              value={rest.business_days}
              onChange={(choice) => {
                const found = BUSINESS_DAYS.find((one) => one === choice);
                if (found !== undefined) setRest({ ...rest, business_days: found });
              }}
            >
              <Stack gap={6} mt={4}>
                {BUSINESS_DAYS.map((one) => (
                  <Radio key={one} value={one} label={t(`schedule.days.${one}`)} />
                ))}
              </Stack>
            </Radio.Group>
            <Select
              label={t('schedule.misfireLabel')}
              data={MISFIRES.map((value) => ({ value, label: t(`schedule.misfire.${value}`) }))}
              value={rest.misfire}
              onChange={(value) => setRest({ ...rest, misfire: value === 'skip' ? 'skip' : 'run_once' })}
            />
            <Select
              label={t('schedule.overlapLabel')}
              data={OVERLAPS.map((value) => ({ value, label: t(`schedule.overlap.${value}`) }))}
              value={rest.overlap}
              onChange={(value) => setRest({ ...rest, overlap: value === 'skip' ? 'skip' : 'queue' })}
            />
          </Stack>
          <FireTimes timing={timing} isReady={isReady} />
        </SimpleGrid>
        {saving.error !== null && <ProblemAlert error={saving.error} />}
        {(saving.data?.length ?? 0) > 0 && (
          <Alert
            color="yellow"
            mt="md"
            icon={<CircleAlert size={18} aria-hidden="true" />}
            title={t('schedule.lacking')}
          >
            {saving.data?.map((one) => (
              <Text key={`${one.field}/${one.message}`}>{one.message}</Text>
            ))}
          </Alert>
        )}
        <Group justify="flex-end" gap="xs" mt="md">
          <Button variant="default" onClick={close}>
            {(saving.data?.length ?? 0) > 0 ? t('common:close') : t('common:cancel')}
          </Button>
          {(saving.data?.length ?? 0) === 0 && (
            <Button type="submit" disabled={!isReady} loading={saving.isPending}>
              {t('schedule.save')}
            </Button>
          )}
        </Group>
      </form>
    </Paper>
  );
}
