import { Button, Group, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Activity, Mails } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { EmptyState } from '@/components/empty-state';
import { type Column, KeysetTable } from '@/components/keyset-table';
import { Page } from '@/components/page';
import { JobBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import { useKeyset } from '@/lib/keyset';
import { oneOf } from '@/lib/search';
import { RunDuration, RunProgress } from './run-cells';
import {
  ACTIVE_STATES,
  automationNamesQuery,
  isActive,
  JOB_STATES,
  LIVE_MS,
  QUIET_MS,
  type Run,
} from './run-queries';
import classes from './runs.module.css';
import { WaitingJobs } from './waiting-jobs';

const STATES = ['active', ...JOB_STATES] as const;

export function RunsScreen() {
  // All texts of the screen at once: one that is fetched later would hide what is there already.
  const { t } = useTranslation(['runs', 'status']);
  const navigate = useNavigate({ from: '/runs' });
  const search = useSearch({ from: '/inside/runs' });
  const state = oneOf(search.state, STATES);
  const filter = {
    automation_id: search.automation,
    state: state === undefined ? undefined : state === 'active' ? [...ACTIVE_STATES] : [state],
  };
  const isFiltered = filter.automation_id !== undefined || filter.state !== undefined;
  const keyset = useKeyset<Run>({
    queryKey: keys.run.list(filter),
    load: ({ after, limit, signal }) =>
      data(api.GET('/run', { params: { query: { ...filter, after, limit } }, signal })),
    refetchInterval: (runs) => (runs.some(isActive) ? LIVE_MS : QUIET_MS),
  });
  const columns = useColumns();

  return (
    <Page title={t('title')} description={t('description')}>
      <RunFilters automation={search.automation} state={state} />
      <WaitingJobs />
      <KeysetTable
        label={t('title')}
        keyset={keyset}
        columns={columns}
        rowKey={(run) => run.id}
        onRowClick={(run) => void navigate({ to: '/runs/$runId', params: { runId: run.id } })}
        empty={isFiltered ? <NothingFound /> : <NoRuns />}
      />
    </Page>
  );
}

function RunFilters({ automation, state }: { automation: string | undefined; state: string | undefined }) {
  const { t } = useTranslation('runs');
  const { t: ofStatus } = useTranslation('status');
  const navigate = useNavigate({ from: '/runs' });
  const { data: automations = [] } = useQuery(automationNamesQuery);
  const narrow = (change: { automation?: string; state?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <Group gap="sm" mb="md" align="end" role="search" aria-label={t('filter.label')}>
      <Select
        label={t('filter.automation')}
        placeholder={t('filter.all')}
        data={automations.map(({ id, name }) => ({ value: id, label: name }))}
        value={automation ?? null}
        onChange={(value) => narrow({ automation: value ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        searchable
        nothingFoundMessage={t('filter.none')}
        allowDeselect
        className={classes.filter}
        size="sm"
      />
      <Select
        label={t('filter.state')}
        placeholder={t('filter.all')}
        data={[
          { value: 'active', label: t('filter.active') },
          ...JOB_STATES.map((one) => ({ value: one, label: ofStatus(`job.${one}`) })),
        ]}
        value={state ?? null}
        onChange={(value) => narrow({ state: value ?? undefined })}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        allowDeselect
        className={classes.filter}
        size="sm"
      />
    </Group>
  );
}

function useColumns(): readonly Column<Run>[] {
  const { t } = useTranslation('runs');
  const { t: ofStatus } = useTranslation('status');
  const format = useFormat();
  const figure = (key: 'sent' | 'fail' | 'skipped' | 'unknown', header: string): Column<Run> => ({
    key,
    header,
    align: 'right',
    hiddenBelow: 'lg',
    render: ({ counts }) => (
      <span className={counts[key] === 0 ? classes.zero : undefined}>{format.number(counts[key])}</span>
    ),
  });
  return [
    {
      key: 'automation',
      header: t('column.run'),
      render: (run) => (
        <div className={classes.first}>
          <Link
            to="/runs/$runId"
            params={{ runId: run.id }}
            className={classes.name}
            onClick={(event) => event.stopPropagation()}
          >
            {run.automation_name}
          </Link>
          <span className={classes.under}>
            <Time at={run.started_at} />
            <span className={classes.phoneOnly}>
              <JobBadge state={run.state} />
            </span>
          </span>
          <span className={classes.phoneOnly}>
            <RunProgress run={run} />
          </span>
        </div>
      ),
    },
    {
      key: 'state',
      header: t('column.state'),
      hiddenBelow: 'sm',
      width: 130,
      render: (run) => <JobBadge state={run.state} />,
    },
    {
      key: 'progress',
      header: t('column.progress'),
      hiddenBelow: 'sm',
      width: '26%',
      render: (run) => <RunProgress run={run} />,
    },
    figure('sent', ofStatus('delivery.SENT')),
    figure('fail', ofStatus('delivery.FAIL')),
    figure('skipped', ofStatus('delivery.SKIPPED')),
    figure('unknown', ofStatus('delivery.UNKNOWN')),
    {
      key: 'duration',
      header: t('column.duration'),
      align: 'right',
      hiddenBelow: 'md',
      render: (run) => <RunDuration run={run} />,
    },
  ];
}

function NothingFound() {
  const { t } = useTranslation('runs');
  const navigate = useNavigate({ from: '/runs' });
  return (
    <EmptyState
      title={t('empty.filtered')}
      icon={Activity}
      action={
        <Button variant="default" onClick={() => void navigate({ search: {} })}>
          {t('filter.reset')}
        </Button>
      }
    />
  );
}

function NoRuns() {
  const { t } = useTranslation('runs');
  return (
    <EmptyState
      title={t('empty.title')}
      icon={Activity}
      action={
        <Button
          component={Link}
          to="/automations"
          variant="default"
          leftSection={<Mails size={16} aria-hidden="true" />}
        >
          {t('empty.action')}
        </Button>
      }
    >
      {t('empty.text')}
    </EmptyState>
  );
}
