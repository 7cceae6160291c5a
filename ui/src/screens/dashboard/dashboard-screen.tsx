import { SegmentedControl, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '@/components/page';
import { ScreenSkeleton } from '@/components/skeletons';
import { oneOf } from '@/lib/search';
import { Beginning } from './beginning';
import classes from './dashboard.module.css';
import { anyRunQuery, PERIODS, type Period } from './dashboard-queries';
import { InFlightCard } from './in-flight-card';
import { NextCard } from './next-card';
import { OpenErrorsCard } from './open-errors-card';
import { OutcomesCard } from './outcomes-card';
import { QuotaCard } from './quota-card';
import { WorkersCard } from './workers-card';

/** What happened, what happens, what comes next, and what wants somebody's eye. */
export function DashboardScreen() {
  // All texts of the screen at once: one that is fetched later would hide what is there already.
  const { t } = useTranslation(['dashboard', 'causes', 'runs', 'status']);
  const search = useSearch({ from: '/inside/' });
  const period = oneOf(search.period, PERIODS) ?? '7';
  const hasRun = useQuery(anyRunQuery);
  return (
    <Page title={t('title')} actions={hasRun.data === true && <PeriodSwitch period={period} />}>
      {hasRun.data === undefined && hasRun.error === null ? (
        <ScreenSkeleton />
      ) : (
        <div className={classes.columns}>
          <Stack gap="md" miw={0}>
            {hasRun.data === false ? <Beginning /> : <OutcomesCard period={period} />}
            <InFlightCard />
          </Stack>
          <Stack gap="md" miw={0}>
            <OpenErrorsCard />
            <NextCard />
            <QuotaCard />
            <WorkersCard />
          </Stack>
        </div>
      )}
    </Page>
  );
}

function PeriodSwitch({ period }: { period: Period }) {
  const { t } = useTranslation('dashboard');
  const navigate = useNavigate({ from: '/' });
  return (
    <SegmentedControl
      aria-label={t('period.label')}
      size="sm"
      value={period}
      onChange={(value) => void navigate({ search: { period: value }, replace: true })}
      data={PERIODS.map((value) => ({ value, label: t(`period.${value}`) }))}
    />
  );
}
