import { Button, Code, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { RotateCcw, Send } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { DeliveryBadge } from '@/components/status-badge';
import { useFormat } from '@/lib/format';
import { type CauseGroup, groupsOf, isRetryable, isUnknown } from './cause-groups';
import { FollowJob } from './follow-job';
import { ResendUnknown } from './resend-unknown';
import classes from './run.module.css';
import { causesQuery, isActive, LIVE_MS, type Run } from './run-queries';

/** Why recipients were not mailed: one plain sentence a cause, and what can be done about it. */
export function RunCauses({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const { counts } = run;
  const { data: causes = [] } = useQuery({
    ...causesQuery(run.id),
    enabled: counts.fail + counts.skipped + counts.unknown > 0,
    refetchInterval: isActive(run) ? LIVE_MS * 2 : false,
  });
  const [job, setJob] = useState<Schemas['JobView'] | null>(null);
  const groups = groupsOf(causes);
  if (groups.length === 0) return null;
  return (
    <section aria-labelledby="causes">
      <Title order={2} id="causes" mb="xs">
        {t('causes.title')}
      </Title>
      {job !== null && <FollowJob job={job} />}
      <div className={classes.list}>
        {groups.map((group) => (
          <CauseLine key={`${group.status}/${group.kind}`} run={run} group={group} onJob={setJob} />
        ))}
      </div>
    </section>
  );
}

interface CauseLineProps {
  run: Run;
  group: CauseGroup;
  onJob: (job: Schemas['JobView']) => void;
}

function CauseLine({ run, group, onJob }: CauseLineProps) {
  const { t } = useTranslation('runs');
  const { t: ofCause } = useTranslation('causes');
  const format = useFormat();
  const navigate = useNavigate({ from: '/runs/$runId' });
  const mayOperate = useMay('operator');
  const { status, kind, count } = group;
  const [asks, setAsks] = useState<'retry' | 'resend' | null>(null);
  const show = () =>
    void navigate({ search: { status, cause: kind }, replace: true, resetScroll: false }).then(() =>
      document.getElementById('deliveries')?.scrollIntoView({ block: 'start' }),
    );
  const mayRetry = mayOperate && !isActive(run) && isRetryable(group);
  const mayResend = mayOperate && !isActive(run) && isUnknown(group);
  return (
    <div className={classes.cause}>
      <div className={classes.causeCount}>
        {t('causes.count', { count, formatted: format.number(count) })}
        <DeliveryBadge status={status} />
      </div>
      <div>
        <Text fw={600}>{ofCause(`kind.${kind}`)}</Text>
        <Text>{ofCause(`why.${kind}`)}</Text>
        <Text c="dimmed" size="sm">
          {ofCause(`todo.${kind}`)}
        </Text>
        {group.codes.length > 0 && (
          <Text size="sm" mt={4}>
            {group.codes.map(({ code, count: times }) => (
              <Code key={code} mr={6}>
                {code} × {format.number(times)}
              </Code>
            ))}
          </Text>
        )}
      </div>
      <div className={classes.causeActions}>
        <Button variant="subtle" size="xs" onClick={show}>
          {t('causes.show')}
        </Button>
        {mayRetry && (
          <Button
            size="xs"
            variant="default"
            leftSection={<RotateCcw size={14} aria-hidden="true" />}
            onClick={() => setAsks('retry')}
          >
            {t('causes.retry', { count, formatted: format.number(count) })}
          </Button>
        )}
        {mayResend && (
          <Button
            size="xs"
            variant="default"
            leftSection={<Send size={14} aria-hidden="true" />}
            onClick={() => setAsks('resend')}
          >
            {t('causes.resend', { count, formatted: format.number(count) })}
          </Button>
        )}
      </div>
      {asks === 'retry' && (
        <ConfirmDialog
          title={t('causes.retryTitle', { count, formatted: format.number(count) })}
          verb={t('causes.retryVerb')}
          act={async () =>
            onJob(
              await data(
                api.POST('/run/{run_id}/retry', {
                  params: { path: { run_id: run.id } },
                  body: { error_kinds: [kind] },
                }),
              ),
            )
          }
          close={() => setAsks(null)}
        >
          <Text>{t('causes.retryText')}</Text>
          <Text mt="xs">{ofCause(`todo.${kind}`)}</Text>
        </ConfirmDialog>
      )}
      {asks === 'resend' && (
        <ResendUnknown run={run} kind={kind} count={count} onJob={onJob} close={() => setAsks(null)} />
      )}
    </div>
  );
}
