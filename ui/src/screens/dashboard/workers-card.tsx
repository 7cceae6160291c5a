import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/time';
import classes from './dashboard.module.css';
import { DashboardCard } from './dashboard-card';
import { workersQuery } from './dashboard-queries';

/** Who does the sending. */
export function WorkersCard() {
  const { t } = useTranslation('dashboard');
  const { data: workers } = useQuery(workersQuery);
  const alive = workers?.filter(({ state }) => state === 'ALIVE').length ?? 0;
  return (
    <DashboardCard
      title={t('workers.title')}
      more={
        alive > 0 && (
          <Text size="sm" c="dimmed">
            {t('workers.alive', { count: alive })}
          </Text>
        )
      }
    >
      {workers !== undefined && alive === 0 && (
        <>
          <Text fw={600} c="var(--mantine-color-error)">
            {t('workers.none')}
          </Text>
          <Text size="sm">{t('workers.todo')}</Text>
        </>
      )}
      <Stack gap={6}>
        {workers?.map((worker) => (
          <Group key={worker.id} gap="xs" justify="space-between" wrap="nowrap">
            <Text size="sm" className={classes.worker} data-state={worker.state}>
              {worker.host}:{worker.pid} · {t(`workers.state.${worker.state}`)}
            </Text>
            <Text size="sm" c="dimmed">
              <Time at={worker.beat_at} style="relative" />
            </Text>
          </Group>
        ))}
      </Stack>
    </DashboardCard>
  );
}
