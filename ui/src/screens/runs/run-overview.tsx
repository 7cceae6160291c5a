import { Card, Text, UnstyledButton } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ShareBar, StatusDot } from '@/components/share-bar';
import type { DeliveryStatus } from '@/components/status-badge';
import { useFormat } from '@/lib/format';
import classes from './run.module.css';
import { secondsOf } from './run-cells';
import { endedOf, isActive, type Run } from './run-queries';

/** How far the run is: its phase, the bar, the figures, and how long it will take. */
export function RunOverview({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const { counts } = run;
  return (
    <Card component="section" aria-label={t('overview.title')} padding="lg">
      <div className={classes.top}>
        <Text fw={650} size="xl" className="tank-figures">
          {isActive(run)
            ? run.sealed_at === null
              ? t('progress.snapshot', { count: counts.target })
              : t('progress.done', {
                  percent: format.percent(endedOf(run), counts.target),
                  ended: format.number(endedOf(run)),
                  all: format.number(counts.target),
                })
            : t('progress.over', { sent: format.number(counts.sent), all: format.number(counts.target) })}
        </Text>
        <Text c="dimmed" className="tank-figures">
          <Pace run={run} />
        </Text>
      </div>
      <ShareBar counts={counts} whole={counts.target} height={14} />
      <div className={classes.figures}>
        <Figure run={run} status="SENT" count={counts.sent} />
        <Figure run={run} status="FAIL" count={counts.fail} />
        <Figure run={run} status="SKIPPED" count={counts.skipped} />
        <Figure run={run} status="UNKNOWN" count={counts.unknown} />
        <Figure run={run} status="PENDING" count={counts.pending + counts.sending} />
      </div>
      {!counts.adds_up && <Text c="var(--mantine-color-error)">{t('overview.unsound')}</Text>}
    </Card>
  );
}

/** The phase while it runs, the speed, and the time left or taken. */
function Pace({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const parts: string[] = [];
  if (run.state === 'RUNNING') parts.push(t(`phase.${run.phase}`));
  if (run.phase === 'CHECK_FILES' && isActive(run)) {
    parts.push(t('overview.files', { count: run.files_checked, all: format.number(run.counts.target) }));
  }
  if (run.rate_per_second !== null && run.state !== 'PAUSED') {
    const rate = format.number(run.rate_per_second, run.rate_per_second < 10 ? 1 : 0);
    parts.push(t('overview.rate', { rate }));
  }
  if (run.eta_seconds !== null) parts.push(t('progress.left', { time: format.duration(run.eta_seconds) }));
  else if (!isActive(run)) parts.push(t('overview.took', { time: format.duration(secondsOf(run)) }));
  return <>{parts.join(' · ')}</>;
}

interface FigureProps {
  run: Run;
  status: DeliveryStatus;
  count: number;
}

/** A count that shows its deliveries below when it is pressed. */
function Figure({ run, status, count }: FigureProps) {
  const { t } = useTranslation('runs');
  const { t: ofStatus } = useTranslation('status');
  const format = useFormat();
  const navigate = useNavigate({ from: '/runs/$runId' });
  const { status: shown } = useSearch({ from: '/inside/runs/$runId' });
  const name = status === 'PENDING' ? t('overview.waiting') : ofStatus(`delivery.${status}`);
  const isShown = shown === status;
  const show = () =>
    void navigate({
      search: isShown ? {} : { status },
      replace: true,
      resetScroll: false,
    }).then(() => document.getElementById('deliveries')?.scrollIntoView({ block: 'start' }));
  return (
    <UnstyledButton className={classes.figure} onClick={show} aria-pressed={isShown} disabled={count === 0}>
      <span className={classes.figureName}>
        <StatusDot status={status} /> {name}
      </span>
      <span className={classes.figureCount}>{format.number(count)}</span>
      <span className={classes.figureShare}>
        {count === 0 ? '–' : format.percent(count, run.counts.target)}
      </span>
    </UnstyledButton>
  );
}
