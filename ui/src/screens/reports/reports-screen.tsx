import { Alert, Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '@/components/empty-state';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { ByAutomation, ByDay, ByError } from './breakdowns';
import { PeriodBar } from './period-bar';
import classes from './reports.module.css';
import type { ReportPart } from './routes';
import { Tiles } from './tiles';
import { type ReportFilter, type Summary, useReportFilter, useSummary } from './use-report';

const Downloads = lazy(() => import('./downloads'));
const DaysChart = lazy(() => import('./days-chart'));
const RunsReport = lazy(() => import('./runs-report'));
const PARTS: readonly ReportPart[] = ['day', 'automation', 'error', 'run'];

/** What was sent over a period, and what was not, by whatever one wants to know. */
export function ReportsScreen() {
  const { t } = useTranslation('reports');
  const filter = useReportFilter();
  const { data: summary, error, refetch, isPlaceholderData } = useSummary(filter);
  return (
    <Page
      title={t('title')}
      description={t('zone', { zone: filter.zone })}
      actions={
        <Suspense>
          <Downloads filter={filter} />
        </Suspense>
      }
    >
      <PeriodBar filter={filter} automations={summary?.automations ?? []} />
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {error === null && summary === undefined && <LinesSkeleton lines={10} />}
      {error === null && summary !== undefined && (
        <div className={isPlaceholderData ? classes.stale : undefined} aria-busy={isPlaceholderData}>
          <Tiles totals={summary.totals} />
          {summary.totals.unknown > 0 && (
            <Alert color="grape" mb="md" title={t('unknown.title', { count: summary.totals.unknown })}>
              {t('unknown.text')}
            </Alert>
          )}
          <Report summary={summary} filter={filter} />
        </div>
      )}
    </Page>
  );
}

function Report({ summary, filter }: { summary: Summary; filter: ReportFilter }) {
  const { t } = useTranslation('reports');
  const { by = 'day' } = useSearch({ from: '/inside/reports' });
  const navigate = useNavigate();
  const choose = (part: string | null) =>
    void navigate({
      from: '/reports',
      to: '/reports',
      search: (before) => ({ ...before, by: (part ?? 'day') as ReportPart }),
      replace: true,
      resetScroll: false,
    });
  const isEmpty = summary.totals.total === 0;
  const empty = <EmptyState title={t('empty.title')}>{t('empty.text')}</EmptyState>;
  return (
    <Tabs value={by} onChange={choose} keepMounted={false}>
      <Tabs.List aria-label={t('parts.label')}>
        {PARTS.map((part) => (
          <Tabs.Tab key={part} value={part}>
            {t(`parts.${part}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="day" pt="md">
        {isEmpty ? (
          empty
        ) : (
          <>
            {summary.days.length > 1 && (
              <Suspense fallback={<div className={classes.chart} />}>
                <DaysChart days={summary.days} />
              </Suspense>
            )}
            <ByDay days={summary.days} />
          </>
        )}
      </Tabs.Panel>
      <Tabs.Panel value="automation" pt="md">
        {isEmpty ? empty : <ByAutomation automations={summary.automations} />}
      </Tabs.Panel>
      <Tabs.Panel value="error" pt="md">
        {summary.errors.length === 0 ? (
          <EmptyState title={t('empty.noErrors')} />
        ) : (
          <ByError errors={summary.errors} total={summary.totals.total} />
        )}
      </Tabs.Panel>
      <Tabs.Panel value="run" pt="md">
        <Suspense fallback={<LinesSkeleton lines={6} />}>
          <RunsReport automation={filter.automation} />
        </Suspense>
      </Tabs.Panel>
    </Tabs>
  );
}
