import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/time';
import { automationNamesQuery } from '@/screens/runs/run-queries';
import { DashboardCard } from './dashboard-card';
import { schedulesQuery, upcomingOf } from './dashboard-queries';

const SHOWN = 5;

/** When something is sent by itself next. */
export function NextCard() {
  const { t } = useTranslation('dashboard');
  const { data: schedules } = useQuery(schedulesQuery);
  const { data: automations = [] } = useQuery(automationNamesQuery);
  const upcoming = upcomingOf(schedules?.items ?? [], SHOWN);
  return (
    <DashboardCard title={t('next.title')}>
      {schedules !== undefined && upcoming.length === 0 && (
        <>
          <Text>{t('next.none')}</Text>
          <Text c="dimmed" size="sm">
            {t('next.schedule')}
          </Text>
        </>
      )}
      <Stack gap={8}>
        {upcoming.map((schedule) => (
          <Group key={schedule.id} justify="space-between" gap="xs" wrap="nowrap" align="baseline">
            <Text>{automations.find(({ id }) => id === schedule.automation_id)?.name}</Text>
            <Text c="dimmed" size="sm">
              {schedule.next_due !== null && <Time at={schedule.next_due} />}
            </Text>
          </Group>
        ))}
      </Stack>
    </DashboardCard>
  );
}
