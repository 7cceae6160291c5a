import { Button, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { AnchorLink } from '@/components/links';
import { Time } from '@/components/time';
import classes from './dashboard.module.css';
import { DashboardCard } from './dashboard-card';
import { openErrorsQuery, type SystemError } from './dashboard-queries';

/** System errors that nobody has acknowledged; pressing once does. */
export function OpenErrorsCard() {
  const { t } = useTranslation('dashboard');
  const { data: errors } = useQuery(openErrorsQuery);
  return (
    <DashboardCard
      title={t('errors.title')}
      more={
        <AnchorLink to="/system-errors" size="sm" className={classes.more}>
          {t('errors.all')}
        </AnchorLink>
      }
    >
      {errors?.items.length === 0 && (
        <Text c="dimmed" className={classes.calm}>
          <CircleCheck size={16} aria-hidden="true" /> {t('errors.none')}
        </Text>
      )}
      <Stack gap="sm">
        {errors?.items.map((error) => (
          <OpenError key={error.id} error={error} />
        ))}
      </Stack>
    </DashboardCard>
  );
}

function OpenError({ error }: { error: SystemError }) {
  const { t } = useTranslation('dashboard');
  const { t: ofCause } = useTranslation('causes');
  const client = useQueryClient();
  const mayOperate = useMay('operator');
  const acknowledging = useMutation({
    mutationFn: () =>
      data(api.POST('/system-error/{error_id}/acknowledge', { params: { path: { error_id: error.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.systemError.all }),
  });
  const code = error.code as 'other';
  const what = ofCause(`stops.${code}.why`, { defaultValue: error.message });
  return (
    <div className={classes.error}>
      <Text fw={550}>{what}</Text>
      {what !== error.message && (
        <Text size="sm" c="dimmed" lineClamp={2} title={error.message}>
          {error.message}
        </Text>
      )}
      <div className={classes.errorFoot}>
        <Text size="sm" c="dimmed">
          <Time at={error.at} style="relative" />
        </Text>
        {error.run_id !== null && (
          <AnchorLink to="/runs/$runId" params={{ runId: error.run_id }} size="sm">
            {t('errors.run')}
          </AnchorLink>
        )}
        {mayOperate && (
          <Button
            size="compact-xs"
            variant="default"
            loading={acknowledging.isPending}
            onClick={() => acknowledging.mutate()}
            aria-label={t('errors.acknowledgeWhat', { what })}
          >
            {t('errors.acknowledge')}
          </Button>
        )}
      </div>
    </div>
  );
}
