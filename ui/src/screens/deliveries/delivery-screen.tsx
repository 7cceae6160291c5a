import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { ArrowLeft, Send } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useMay } from '@/app/session';
import { AnchorLink } from '@/components/links';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { useReveal } from '@/components/reveal';
import { ScreenSkeleton } from '@/components/skeletons';
import { DeliveryBadge } from '@/components/status-badge';
import { FollowJob } from '@/screens/runs/follow-job';
import { runQuery } from '@/screens/runs/run-queries';
import classes from './delivery.module.css';
import { type Delivery, hasEnded, LOOKED_AT_MS, storyQuery } from './delivery-queries';
import { ResendOne } from './resend-one';
import { SentMail } from './sent-mail';
import { SourceRows } from './source-rows';
import { StatusCard } from './status-card';
import { StoryAside } from './story-aside';

/** Everything that is known of one recipient in one run, at an address of its own. */
export function DeliveryScreen() {
  // All texts of the screen at once: one that is fetched later would hide what is there already.
  const { t } = useTranslation(['deliveries', 'causes', 'runs', 'status']);
  const { deliveryId } = useParams({ from: '/inside/deliveries/$deliveryId' });
  const reveal = useReveal();
  const mayOperate = useMay('operator');
  const [isResending, setIsResending] = useState(false);
  const [job, setJob] = useState<Schemas['JobView'] | null>(null);
  const options = storyQuery(deliveryId, reveal.query);
  const query = useQuery({
    ...options,
    placeholderData: (before) => before,
    // Until what was sent again is part of the story.
    refetchInterval: job === null ? options.refetchInterval : LOOKED_AT_MS,
  });

  const story = query.data;
  if (story === undefined || story.delivery.id !== deliveryId) {
    return (
      <Page title={t('title')}>
        {query.error === null ? (
          <ScreenSkeleton />
        ) : (
          <ProblemAlert error={query.error} retry={() => void query.refetch()} />
        )}
      </Page>
    );
  }
  const { delivery } = story;
  return (
    <Page
      title={delivery.recipient_key}
      above={<ToRun delivery={delivery} />}
      description={<Who delivery={delivery} />}
      actions={
        <>
          {reveal.control}
          {mayOperate && hasEnded(delivery) && (
            <Button
              size="xs"
              leftSection={<Send size={14} aria-hidden="true" />}
              onClick={() => setIsResending(true)}
            >
              {t('resend')}
            </Button>
          )}
        </>
      }
    >
      {job !== null && <FollowJob job={job} />}
      {isResending && <ResendOne delivery={delivery} onJob={setJob} close={() => setIsResending(false)} />}
      <div className={classes.columns}>
        <Stack gap="xl" miw={0}>
          <StatusCard delivery={delivery} />
          <SentMail delivery={delivery} />
          <SourceRows story={story} />
        </Stack>
        <StoryAside story={story} />
      </div>
    </Page>
  );
}

function ToRun({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('deliveries');
  const { data: run } = useQuery(runQuery(delivery.run_id));
  return (
    <AnchorLink to="/runs/$runId" params={{ runId: delivery.run_id }} size="sm">
      <Group gap={4} component="span" display="inline-flex">
        <ArrowLeft size={14} aria-hidden="true" />
        {t('back', { name: run?.automation_name ?? '…' })}
      </Group>
    </AnchorLink>
  );
}

function Who({ delivery }: { delivery: Delivery }) {
  return (
    <Group gap="xs" component="span" display="inline-flex">
      <DeliveryBadge status={delivery.status} />
      <Text component="span">
        {[delivery.email, delivery.name].filter((part) => part !== '').join(' · ')}
      </Text>
    </Group>
  );
}
