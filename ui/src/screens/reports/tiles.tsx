import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type DeliveryStatus, deliveryColor } from '@/components/status-badge';
import { useFormat } from '@/lib/format';
import classes from './reports.module.css';
import type { Totals } from './use-report';

const ENDS: readonly { key: 'sent' | 'fail' | 'skipped' | 'unknown'; status: DeliveryStatus }[] = [
  { key: 'sent', status: 'SENT' },
  { key: 'fail', status: 'FAIL' },
  { key: 'skipped', status: 'SKIPPED' },
  { key: 'unknown', status: 'UNKNOWN' },
];

/** The period by status. */
export function Tiles({ totals }: { totals: Totals }) {
  const { t } = useTranslation(['reports', 'status']);
  const format = useFormat();
  return (
    <dl className={classes.tiles}>
      <div className={classes.tile}>
        <dt>{t('total')}</dt>
        <dd className={classes.figure}>{format.number(totals.total)}</dd>
      </div>
      {ENDS.map(({ key, status }) => (
        <div className={classes.tile} key={key}>
          <dt>
            <span
              className={classes.dot}
              style={{ background: `var(--mantine-color-${deliveryColor(status)}-6)` }}
              aria-hidden="true"
            />
            {t(`delivery.${status}`, { ns: 'status' })}
          </dt>
          <dd className={classes.figure}>
            {format.number(totals[key])}
            <Text component="span" size="sm" c="dimmed" ml={8} fw={400}>
              {format.percent(totals[key], totals.total)}
            </Text>
          </dd>
        </div>
      ))}
    </dl>
  );
}
