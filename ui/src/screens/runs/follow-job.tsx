import { Alert, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { AnchorLink } from '@/components/links';
import { jobQuery } from './run-queries';

const LOOKED_AT_MS = 1_000;

/** A job that was just asked for, and the way to its run as soon as a worker has begun it. */
export function FollowJob({ job }: { job: Schemas['JobView'] }) {
  const { t } = useTranslation('runs');
  const { data: detail } = useQuery({
    ...jobQuery(job.id),
    refetchInterval: ({ state }) => (state.data?.run_id == null ? LOOKED_AT_MS : false),
  });
  const runId = detail?.run_id ?? null;
  return (
    <Alert
      color="teal"
      role="status"
      mb="sm"
      icon={<CircleCheck size={18} aria-hidden="true" />}
      title={t('follow.title')}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      {runId === null ? (
        <>
          {t('follow.waiting')} <Loader size={16} component="span" aria-hidden="true" />
        </>
      ) : (
        <AnchorLink to="/runs/$runId" params={{ runId }}>
          {t('follow.open')}
        </AnchorLink>
      )}
    </Alert>
  );
}
