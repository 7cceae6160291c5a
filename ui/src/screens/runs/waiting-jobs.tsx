import { Group, Paper, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { JobBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { automationNamesQuery, waitingJobsQuery } from './run-queries';

/** Jobs that were asked for and that no worker has begun: they have no run to look at yet. */
export function WaitingJobs() {
  const { t } = useTranslation('runs');
  const { data: jobs } = useQuery(waitingJobsQuery);
  const { data: automations = [] } = useQuery(automationNamesQuery);
  if (jobs === undefined || jobs.items.length === 0) return null;
  return (
    <Paper withBorder p="sm" mb="md" component="section" aria-label={t('waiting.title')}>
      <Text fw={600} size="sm" mb={4}>
        {t('waiting.title')}
      </Text>
      {jobs.items.map((job) => (
        <Group key={job.id} gap="sm" py={4}>
          <JobBadge state={job.state} />
          <Text size="sm">{automations.find(({ id }) => id === job.automation_id)?.name}</Text>
          <Text size="sm" c="dimmed">
            <Time at={job.created_at} style="relative" />
          </Text>
        </Group>
      ))}
    </Paper>
  );
}
