import { Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { AnchorLink } from '@/components/links';
import { JobBadge } from '@/components/status-badge';
import { RunProgress } from '@/screens/runs/run-cells';
import { activeRunsQuery } from '@/screens/runs/run-queries';
import { DashboardCard } from './dashboard-card';

/** What is being sent, or stands still in the middle of it. */
export function InFlightCard() {
  const { t } = useTranslation('dashboard');
  const { data: runs } = useQuery(activeRunsQuery);
  return (
    <DashboardCard
      title={t('flight.title')}
      more={
        <AnchorLink to="/runs" size="sm">
          {t('flight.all')}
        </AnchorLink>
      }
    >
      {runs?.items.length === 0 && <Text c="dimmed">{t('flight.none')}</Text>}
      <Stack gap="md">
        {runs?.items.map((run) => (
          <div key={run.id}>
            <Group gap="xs" mb={6}>
              <AnchorLink to="/runs/$runId" params={{ runId: run.id }} fw={600}>
                {run.automation_name}
              </AnchorLink>
              <JobBadge state={run.state} />
            </Group>
            <RunProgress run={run} />
          </div>
        ))}
      </Stack>
    </DashboardCard>
  );
}
