import { Card, Group, Text, ThemeIcon, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Check } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '@/components/links';
import { automationNamesQuery } from '@/screens/runs/run-queries';
import classes from './dashboard.module.css';
import { connectionsQuery, schedulesQuery, sendersQuery } from './dashboard-queries';

interface Step {
  name: 'connection' | 'sender' | 'automation' | 'test' | 'schedule';
  to: '/connections' | '/senders' | '/automations' | '/automations/new';
  isDone: boolean;
}

/** Where nothing was ever sent: the way to the first mail, step by step. */
export function Beginning() {
  const { t } = useTranslation('dashboard');
  const steps = useSteps();
  const next = steps.find(({ isDone }) => !isDone);
  return (
    <Card component="section" aria-labelledby="beginning" padding="lg">
      <Title order={2} id="beginning">
        {t('begin.title')}
      </Title>
      <Text c="dimmed" mb="md">
        {t('begin.text')}
      </Text>
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step.name}>
            <ThemeIcon
              size={30}
              radius="xl"
              variant={step.isDone ? 'filled' : 'light'}
              color={step.isDone ? 'teal.8' : step === next ? 'petrol' : 'gray'}
              aria-hidden="true"
            >
              {step.isDone ? <Check size={16} /> : <span>{index + 1}</span>}
            </ThemeIcon>
            <div className={classes.stepText}>
              <Group gap="xs">
                <Text fw={600}>{t(`begin.${step.name}.title`)}</Text>
                {step.isDone && (
                  <Text size="sm" c="dimmed">
                    {t('begin.done')}
                  </Text>
                )}
              </Group>
              <Text size="sm" c="dimmed">
                {t(`begin.${step.name}.text`)}
              </Text>
            </div>
            {step === next && (
              <ButtonLink to={step.to} size="xs">
                {t('begin.go')}
              </ButtonLink>
            )}
          </li>
        ))}
      </ol>
    </Card>
  );
}

function useSteps(): Step[] {
  const { data: connections } = useQuery(connectionsQuery);
  const { data: senders } = useQuery(sendersQuery);
  const { data: automations } = useQuery(automationNamesQuery);
  const { data: schedules } = useQuery(schedulesQuery);
  const some = (list: { length: number } | undefined) => (list?.length ?? 0) > 0;
  return [
    { name: 'connection', to: '/connections', isDone: some(connections) },
    { name: 'sender', to: '/senders', isDone: some(senders) },
    { name: 'automation', to: '/automations/new', isDone: some(automations) },
    // Whoever scheduled it has seen its mail, or did not want to.
    { name: 'test', to: '/automations', isDone: some(schedules?.items) },
    { name: 'schedule', to: '/automations', isDone: some(schedules?.items) },
  ];
}
