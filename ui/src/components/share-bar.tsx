import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import classes from './share-bar.module.css';
import type { DeliveryStatus } from './status-badge';

export type StatusCounts = Partial<Record<Lowercase<DeliveryStatus>, number>>;

const ORDER: readonly DeliveryStatus[] = ['SENT', 'SENDING', 'FAIL', 'SKIPPED', 'UNKNOWN'];

const countOf = (counts: StatusCounts, status: DeliveryStatus): number =>
  counts[status.toLowerCase() as Lowercase<DeliveryStatus>] ?? 0;

interface ShareBarProps {
  counts: StatusCounts;
  /** How many there will be; the bar's empty end is what is left. */
  whole: number;
  height?: number;
}

/** How a run's recipients fare, as parts of one bar; said in words to screen readers. */
export function ShareBar({ counts, whole, height = 8 }: ShareBarProps) {
  const { t } = useTranslation('status');
  const format = useFormat();
  const parts = ORDER.map((status) => ({ status, count: countOf(counts, status) })).filter(
    ({ count }) => count > 0,
  );
  const label = parts
    .map(({ status, count }) => `${t(`delivery.${status}`)} ${format.number(count)}`)
    .join(', ');
  return (
    <div
      className={classes.bar}
      style={{ height }}
      role="img"
      aria-label={`${label === '' ? t('nothingYet') : label} / ${format.number(whole)}`}
    >
      {parts.map(({ status, count }) => (
        <span
          key={status}
          className={`${classes.part} ${classes.tone}`}
          data-status={status}
          style={{ width: `${(100 * count) / Math.max(whole, 1)}%` }}
        />
      ))}
    </div>
  );
}

/** The bar's colour for a status, to stand beside its name. */
export function StatusDot({ status }: { status: DeliveryStatus }) {
  return <span className={`${classes.dot} ${classes.tone}`} data-status={status} aria-hidden="true" />;
}
