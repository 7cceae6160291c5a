import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { AnchorLink } from '@/components/links';
import { ProblemAlert } from '@/components/problem-alert';
import { ShareBar, StatusDot } from '@/components/share-bar';
import { useFormat } from '@/lib/format';
import { useZone } from '@/lib/zone';
import classes from './dashboard.module.css';
import { DashboardCard } from './dashboard-card';
import { type Period, type Summary, summaryQuery } from './dashboard-queries';

const OutcomesChart = lazy(() => import('./outcomes-chart'));

const FIGURES = ['SENT', 'FAIL', 'SKIPPED', 'UNKNOWN'] as const;

/** How mails fared in the period: figures, and a chart by day. */
export function OutcomesCard({ period }: { period: Period }) {
  const { t } = useTranslation('dashboard');
  const zone = useZone();
  const query = useQuery(summaryQuery(period, zone));
  const summary = query.data;
  return (
    <DashboardCard
      title={t('outcomes.title')}
      more={
        <AnchorLink to="/reports" size="sm">
          {t('outcomes.report')}
        </AnchorLink>
      }
    >
      {query.error !== null && <ProblemAlert error={query.error} retry={() => void query.refetch()} />}
      {summary === undefined ? (
        query.error === null && <Skeleton height={300} />
      ) : (
        <>
          <Figures summary={summary} />
          {summary.totals.total === 0 ? (
            <Text c="dimmed">{t('outcomes.none')}</Text>
          ) : period === '1' ? (
            <ShareBar counts={summary.totals} whole={summary.totals.total} height={16} />
          ) : (
            <Suspense fallback={<Skeleton height={220} />}>
              <OutcomesChart days={summary.days} />
            </Suspense>
          )}
        </>
      )}
    </DashboardCard>
  );
}

function Figures({ summary }: { summary: Summary }) {
  const { t } = useTranslation('status');
  const format = useFormat();
  const { totals } = summary;
  return (
    <dl className={classes.figures}>
      {FIGURES.map((status) => {
        const count = totals[status.toLowerCase() as 'sent'];
        return (
          <div key={status}>
            <dt>
              <StatusDot status={status} /> {t(`delivery.${status}`)}
            </dt>
            <dd className={classes.figure}>{format.number(count)}</dd>
            <dd className={classes.share}>{count === 0 ? '–' : format.percent(count, totals.total)}</dd>
          </div>
        );
      })}
    </dl>
  );
}
