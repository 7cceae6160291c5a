import { Button, Group, Title } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { SearchX, Send, Users } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { KeysetTable } from '@/components/keyset-table';
import { useReveal } from '@/components/reveal';
import { useFormat } from '@/lib/format';
import { type Keyset, useKeyset } from '@/lib/keyset';
import { oneOf } from '@/lib/search';
import { DeliveriesCsv } from './deliveries-csv';
import { type Chosen, useDeliveryColumns } from './delivery-columns';
import { DeliveryFilters } from './delivery-filters';
import { DELIVERY_STATUSES, type Delivery, ERROR_KINDS, UPDATE_STATUSES } from './delivery-values';
import { FollowJob } from './follow-job';
import { ResendChosen } from './resend-chosen';
import classes from './run.module.css';
import { isActive, LIVE_MS, type Run } from './run-queries';

/** The run's recipients, filtered and searched by the server, page by page. */
export default function RunDeliveries({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const reveal = useReveal();
  const mayOperate = useMay('operator');
  const [chosen, setChosen] = useState<Chosen>(new Map());
  const [job, setJob] = useState<Schemas['JobView'] | null>(null);
  const { keyset, isFiltered } = useDeliveries(run, reveal.query);
  const columns = useDeliveryColumns({
    run,
    shown: keyset.items,
    chosen: mayOperate && !isActive(run) ? chosen : null,
    setChosen,
  });

  return (
    <section aria-labelledby="deliveries-title" id="deliveries" className={classes.anchor}>
      <Group justify="space-between" mb="xs" gap="xs">
        <Title order={2} id="deliveries-title">
          {t('deliveries.title')}
        </Title>
        <Group gap="xs">
          {reveal.control}
          <DeliveriesCsv run={run} reveal={reveal.query} />
        </Group>
      </Group>
      <DeliveryFilters run={run} />
      {job !== null && <FollowJob job={job} />}
      {chosen.size > 0 && (
        <ChosenBar
          run={run}
          chosen={chosen}
          clear={() => setChosen(new Map())}
          onJob={(made) => {
            setJob(made);
            setChosen(new Map());
          }}
        />
      )}
      <KeysetTable
        label={t('deliveries.table')}
        keyset={keyset}
        columns={columns}
        rowKey={(delivery) => delivery.id}
        empty={<NoDeliveries isFiltered={isFiltered} />}
      />
    </section>
  );
}

function useDeliveries(
  run: Run,
  revealed: { reveal?: true; reason?: string },
): { keyset: Keyset<Delivery>; isFiltered: boolean } {
  const search = useSearch({ from: '/inside/runs/$runId' });
  const status = oneOf(search.status, DELIVERY_STATUSES);
  const cause = oneOf(search.cause, ERROR_KINDS);
  const update = oneOf(search.update, UPDATE_STATUSES);
  const filter = {
    // Who is on the way now waits as well, as far as people are concerned.
    status: status === 'PENDING' ? (['PENDING', 'SENDING'] as const).slice() : status && [status],
    error_kind: cause && [cause],
    update: update && [update],
    search: search.q,
    ...revealed,
  };
  const keyset = useKeyset<Delivery>({
    queryKey: keys.run.part(run.id, 'delivery', filter),
    load: ({ after, limit, signal }) =>
      data(
        api.GET('/run/{run_id}/delivery', {
          params: { path: { run_id: run.id }, query: { ...filter, after, limit } },
          signal,
        }),
      ),
    refetchInterval: isActive(run) ? LIVE_MS : false,
  });
  return { keyset, isFiltered: Object.keys(search).length > 0 };
}

interface ChosenBarProps {
  run: Run;
  chosen: Chosen;
  clear: () => void;
  onJob: (job: Schemas['JobView']) => void;
}

function ChosenBar({ run, chosen, clear, onJob }: ChosenBarProps) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <section className={classes.chosen} aria-label={t('resend.bar')}>
      <strong>{t('resend.chosen', { count: chosen.size, formatted: format.number(chosen.size) })}</strong>
      <Button size="xs" leftSection={<Send size={14} aria-hidden="true" />} onClick={() => setIsAsking(true)}>
        {t('resend.ask')}
      </Button>
      <Button size="xs" variant="subtle" onClick={clear}>
        {t('resend.clear')}
      </Button>
      {isAsking && <ResendChosen run={run} chosen={chosen} onJob={onJob} close={() => setIsAsking(false)} />}
    </section>
  );
}

function NoDeliveries({ isFiltered }: { isFiltered: boolean }) {
  const { t } = useTranslation('runs');
  const navigate = useNavigate({ from: '/runs/$runId' });
  if (!isFiltered) {
    return (
      <EmptyState title={t('deliveries.none')} icon={Users}>
        {t('deliveries.noneText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={t('deliveries.notFound')}
      icon={SearchX}
      action={
        <Button variant="default" onClick={() => void navigate({ search: {}, replace: true })}>
          {t('filter.reset')}
        </Button>
      }
    >
      {t('deliveries.searchHow')}
    </EmptyState>
  );
}
