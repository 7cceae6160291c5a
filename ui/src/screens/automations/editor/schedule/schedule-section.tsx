import { ActionIcon, Button, Group, Paper, Stack, Switch, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CalendarClock, Pencil, Plus, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { ConfirmDialog } from '../../list/lazy';
import { useEdited } from '../automation-context';
import { useSchedules } from '../overview/overview-section';
import { Section } from '../section';

import type { Schedule } from './timing';
import { useTimingWords } from './use-timing-words';

const ScheduleForm = lazy(async () => ({ default: (await import('./schedule-form')).ScheduleForm }));

/** When the automation runs by itself. */
export function ScheduleSection() {
  const { t } = useTranslation('editor');
  const { id, enabled } = useEdited();
  const isOperator = useMay('operator');
  const schedules = useSchedules(id);
  const [editing, setEditing] = useState<Schedule | 'new' | null>(null);
  const items = schedules.data?.items ?? [];
  const add = (
    <Button size="xs" leftSection={<Plus size={14} aria-hidden="true" />} onClick={() => setEditing('new')}>
      {t('schedule.add')}
    </Button>
  );
  return (
    <Section
      title={t('schedule.title')}
      text={t('schedule.text')}
      aside={isOperator && items.length > 0 && editing === null && add}
    >
      {schedules.error !== null && (
        <ProblemAlert error={schedules.error} retry={() => void schedules.refetch()} />
      )}
      {schedules.isPending && <LinesSkeleton />}
      {!enabled && items.length > 0 && <Text c="dimmed">{t('schedule.held')}</Text>}
      <Suspense fallback={<LinesSkeleton />}>
        <Stack gap="sm">
          {items.map((one) =>
            editing !== null && editing !== 'new' && editing.id === one.id ? (
              <ScheduleForm key={one.id} automationId={id} schedule={one} close={() => setEditing(null)} />
            ) : (
              <ScheduleRow key={one.id} schedule={one} edit={() => setEditing(one)} />
            ),
          )}
          {editing === 'new' && <ScheduleForm automationId={id} close={() => setEditing(null)} />}
        </Stack>
      </Suspense>
      {schedules.data !== undefined && items.length === 0 && editing === null && (
        <EmptyState title={t('schedule.none')} icon={CalendarClock} action={isOperator && add}>
          {t('schedule.noneText')}
        </EmptyState>
      )}
    </Section>
  );
}

function ScheduleRow({ schedule, edit }: { schedule: Schedule; edit: () => void }) {
  const { t } = useTranslation(['editor', 'common']);
  const words = useTimingWords();
  const client = useQueryClient();
  const isOperator = useMay('operator');
  const [isDeleting, setDeleting] = useState(false);
  const path = { params: { path: { schedule_id: schedule.id } } };
  const refresh = () => client.invalidateQueries({ queryKey: keys.schedule.all });
  const switching = useMutation({
    mutationFn: (on: boolean) =>
      on
        ? data(api.POST('/scheduler/{schedule_id}/enable', path))
        : data(api.POST('/scheduler/{schedule_id}/disable', path)),
    onSuccess: refresh,
  });
  const told = words(schedule);
  return (
    <Paper withBorder p="sm">
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Text fw={600}>{told}</Text>
          <Text size="sm" c="dimmed" component="div">
            {schedule.zone} · {t(`schedule.days.${schedule.business_days}`)}
          </Text>
          <Text size="sm" component="div">
            {schedule.next_due === null ? (
              <Text span size="sm" c="dimmed">
                {schedule.enabled ? t('schedule.over') : t('schedule.off')}
              </Text>
            ) : (
              <>
                {t('schedule.next')}: <Time at={schedule.next_due} zone={schedule.zone} /> (
                <Time at={schedule.next_due} zone={schedule.zone} style="relative" />)
              </>
            )}
          </Text>
        </div>
        {isOperator && (
          <Group gap="xs" wrap="nowrap">
            <Switch
              aria-label={t('schedule.switch', { when: told })}
              checked={schedule.enabled}
              onChange={(event) => switching.mutate(event.currentTarget.checked)}
              disabled={switching.isPending}
            />
            <ActionIcon aria-label={t('schedule.edit', { when: told })} onClick={edit}>
              <Pencil size={16} aria-hidden="true" />
            </ActionIcon>
            <ActionIcon aria-label={t('schedule.delete', { when: told })} onClick={() => setDeleting(true)}>
              <Trash2 size={16} aria-hidden="true" />
            </ActionIcon>
          </Group>
        )}
      </Group>
      <Suspense>
        {isDeleting && (
          <ConfirmDialog
            title={t('schedule.deleteTitle')}
            verb={t('common:delete')}
            isDangerous
            act={async () => {
              await data(api.DELETE('/scheduler/{schedule_id}', path));
              await refresh();
            }}
            close={() => setDeleting(false)}
          >
            {t('schedule.deleteText')}
          </ConfirmDialog>
        )}
      </Suspense>
    </Paper>
  );
}
