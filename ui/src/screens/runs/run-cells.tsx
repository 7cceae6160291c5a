import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ShareBar } from '@/components/share-bar';
import { useFormat } from '@/lib/format';
import { endedOf, isActive, type Run } from './run-queries';
import classes from './runs.module.css';

/** The bar of a run, with a line beneath that says how far it is. */
export function RunProgress({ run }: { run: Run }) {
  return (
    <div className={classes.progress}>
      <ShareBar counts={run.counts} whole={run.counts.target} />
      <Text size="sm" c="dimmed" className="tank-figures">
        <RunProgressText run={run} />
      </Text>
    </div>
  );
}

function RunProgressText({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const { counts } = run;
  if (run.sealed_at === null && isActive(run)) return t('progress.snapshot', { count: counts.target });
  const ended = endedOf(run);
  if (!isActive(run))
    return t('progress.over', { sent: format.number(counts.sent), all: format.number(counts.target) });
  const done = t('progress.done', {
    percent: format.percent(ended, counts.target),
    ended: format.number(ended),
    all: format.number(counts.target),
  });
  if (run.eta_seconds === null) return done;
  return `${done} · ${t('progress.left', { time: format.duration(run.eta_seconds) })}`;
}

/** From its start to its end, or to now. */
export function RunDuration({ run }: { run: Run }) {
  const format = useFormat();
  return <>{format.duration(secondsOf(run))}</>;
}

export function secondsOf(run: Run): number {
  const until = run.finished_at === null ? Date.now() : Date.parse(run.finished_at);
  return Math.max(0, (until - Date.parse(run.started_at)) / 1000);
}
