import { Badge, Button, Card, Code, Group, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { announce } from '@/components/announcer';
import { RecordLink } from '@/components/record-link';
import { Time } from '@/components/time';
import classes from './system-errors.module.css';

type SystemError = Schemas['SystemErrorView'];

interface ErrorCardProps {
  error: SystemError;
  mayAcknowledge: boolean;
}

/** One failure: what it was, what to do, where it happened, and who has seen it. */
export function ErrorCard({ error, mayAcknowledge }: ErrorCardProps) {
  const { t } = useTranslation('system-errors');
  const title = t(`codes.${error.code}.title` as 'codes.worker_lost.title', { defaultValue: '' });
  const remedy = t(`codes.${error.code}.remedy` as 'codes.worker_lost.remedy', {
    defaultValue: error.remedy,
  });
  const component = t(`components.${error.component}` as 'components.worker', {
    defaultValue: error.component,
  });
  const isOpen = error.acknowledged_at === null;
  return (
    <Card padding="md" className={isOpen ? classes.open : undefined} component="article">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
        <div className={classes.words}>
          <Group gap={8} mb={4}>
            <Badge
              color={isOpen ? 'red' : 'gray'}
              className="tank-status"
              data-tone={isOpen ? 'bad' : 'quiet'}
            >
              {component}
            </Badge>
            <Text size="sm" c="dimmed">
              <Time at={error.at} /> (<Time at={error.at} style="relative" />)
            </Text>
          </Group>
          <Title order={2} size="h4">
            {title === '' ? error.message : title}
          </Title>
          {title !== '' && (
            <Text size="sm" mt={2} className={classes.message}>
              {error.message}
            </Text>
          )}
          {remedy !== '' && (
            <Text mt={8}>
              <strong>{t('remedy')}</strong> {remedy}
            </Text>
          )}
          <Where error={error} />
        </div>
        {mayAcknowledge && isOpen && <Acknowledge id={error.id} />}
      </Group>
      {!isOpen && error.acknowledged_at !== null && (
        <Text size="sm" c="dimmed" mt={6}>
          {t('seenBy', { who: error.acknowledged_by ?? '' })} <Time at={error.acknowledged_at} />
        </Text>
      )}
    </Card>
  );
}

/** What it has to do with: each a link to its own page. */
function Where({ error }: { error: SystemError }) {
  const { t } = useTranslation('system-errors');
  return (
    <Group gap="md" mt={8} className={classes.where}>
      <Code>{error.code}</Code>
      {error.automation_id !== null && <AutomationLink id={error.automation_id} />}
      {error.run_id !== null && (
        <RecordLink kind="run" id={error.run_id} size="sm">
          {t('run')}
        </RecordLink>
      )}
      {error.worker_id !== null && (
        <Text size="sm" c="dimmed">
          {t('worker', { id: error.worker_id.slice(-8) })}
        </Text>
      )}
    </Group>
  );
}

function AutomationLink({ id }: { id: string }) {
  const { t } = useTranslation('system-errors');
  const { data: automation } = useQuery({
    queryKey: keys.automation.one(id),
    queryFn: ({ signal }) =>
      data(api.GET('/automation/{automation_id}', { params: { path: { automation_id: id } }, signal })),
    staleTime: 60_000,
  });
  return (
    <RecordLink kind="automation" id={id} size="sm">
      {automation?.name ?? t('automation')}
    </RecordLink>
  );
}

function Acknowledge({ id }: { id: string }) {
  const { t } = useTranslation('system-errors');
  const client = useQueryClient();
  const acknowledging = useMutation({
    mutationFn: () =>
      data(api.POST('/system-error/{error_id}/acknowledge', { params: { path: { error_id: id } } })),
    onSuccess: () => {
      announce(t('acknowledged'));
      return client.invalidateQueries({ queryKey: keys.systemError.all });
    },
  });
  return (
    <Button
      variant="default"
      size="xs"
      className={classes.acknowledge}
      leftSection={<Check size={14} aria-hidden="true" />}
      loading={acknowledging.isPending}
      onClick={() => acknowledging.mutate()}
    >
      {t('acknowledge')}
    </Button>
  );
}
