import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/time';
import { DashboardCard } from './dashboard-card';
import { upcomingQuery } from './dashboard-queries';

/** When something is sent by itself next; a slot that a holiday leaves out says so. */
export function NextCard() {
  const { t } = useTranslation('dashboard');
  const { data: slots } = useQuery(upcomingQuery);
  return (
    <DashboardCard title={t('next.title')}>
      {slots?.length === 0 && (
        <>
          <Text>{t('next.none')}</Text>
          <Text c="dimmed" size="sm">
            {t('next.schedule')}
          </Text>
        </>
      )}
      <Stack gap={8}>
        {slots?.map((slot) => (
          <div key={`${slot.schedule_id}/${slot.due_at}`}>
            <Group justify="space-between" gap="xs" wrap="nowrap" align="baseline">
              <Text td={slot.is_skipped ? 'line-through' : undefined}>{slot.automation_name}</Text>
              <Text c="dimmed" size="sm">
                <Time at={slot.fire_at} />
              </Text>
            </Group>
            {(slot.is_skipped || slot.is_moved) && (
              <Text size="sm" c="dimmed">
                {t(slot.is_skipped ? 'next.skipped' : 'next.moved', { why: slot.day_off?.name ?? '' })}
              </Text>
            )}
          </div>
        ))}
      </Stack>
    </DashboardCard>
  );
}
