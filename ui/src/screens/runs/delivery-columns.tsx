import { Checkbox, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Column } from '@/components/keyset-table';
import { DeliveryBadge, UpdateBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import type { Delivery } from './delivery-values';
import classes from './run.module.css';
import type { Run } from './run-queries';

/** What was ticked, over all pages. */
export type Chosen = ReadonlyMap<string, Delivery>;

interface ColumnsOptions {
  run: Run;
  /** The page that is shown: what its heading's box ticks. */
  shown: readonly Delivery[];
  /** Null where nothing can be chosen. */
  chosen: Chosen | null;
  setChosen: (chosen: Chosen) => void;
}

export function useDeliveryColumns({
  run,
  shown,
  chosen,
  setChosen,
}: ColumnsOptions): readonly Column<Delivery>[] {
  const { t } = useTranslation('runs');
  const { t: ofCause } = useTranslation('causes');
  const { counts } = run;
  const hasUpdates =
    counts.update_ok + counts.update_failed + counts.update_in_doubt + counts.update_pending > 0;
  const columns: Column<Delivery>[] = [
    {
      key: 'recipient',
      header: t('deliveries.recipient'),
      render: (delivery) => (
        <div className={classes.recipient}>
          <Link
            to="/deliveries/$deliveryId"
            params={{ deliveryId: delivery.id }}
            className={classes.recipientLink}
          >
            {delivery.email === '' ? delivery.recipient_key : delivery.email}
          </Link>
          <span className={classes.quiet}>
            {[delivery.name, delivery.recipient_key].filter((part) => part !== '').join(' · ')}
          </span>
          <span className={classes.phoneOnly}>
            <DeliveryBadge status={delivery.status} />{' '}
            {delivery.error_kind !== null && ofCause(`kind.${delivery.error_kind}`)}
          </span>
        </div>
      ),
    },
    {
      key: 'status',
      header: t('filter.status'),
      hiddenBelow: 'sm',
      width: 130,
      render: ({ status }) => <DeliveryBadge status={status} />,
    },
    {
      key: 'cause',
      header: t('filter.cause'),
      hiddenBelow: 'sm',
      render: (delivery) => <CauseText delivery={delivery} />,
    },
  ];
  if (hasUpdates) {
    columns.push({
      key: 'update',
      header: t('filter.update'),
      hiddenBelow: 'md',
      width: 150,
      render: ({ update_query_ok: status }) =>
        status === 'NONE' ? <span className={classes.quiet}>–</span> : <UpdateBadge status={status} />,
    });
  }
  columns.push({
    key: 'time',
    header: t('deliveries.time'),
    hiddenBelow: 'md',
    align: 'right',
    width: 150,
    render: ({ sent_at, finished_at }) => {
      const at = sent_at ?? finished_at;
      return at === null ? <span className={classes.quiet}>–</span> : <Time at={at} style="clock" />;
    },
  });
  return chosen === null ? columns : [tick({ shown, chosen, setChosen, t }), ...columns];
}

function CauseText({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('causes');
  if (delivery.error_kind === null) return <span className={classes.quiet}>–</span>;
  return (
    <>
      <Text size="sm">{t(`kind.${delivery.error_kind}`)}</Text>
      {delivery.error_text !== '' && (
        <Text size="sm" c="dimmed" lineClamp={1} title={delivery.error_text}>
          {delivery.error_code !== '' && `${delivery.error_code}: `}
          {delivery.error_text}
        </Text>
      )}
    </>
  );
}

interface TickOptions extends Pick<ColumnsOptions, 'shown' | 'setChosen'> {
  chosen: Chosen;
  t: ReturnType<typeof useTranslation<'runs'>>['t'];
}

function tick({ shown, chosen, setChosen, t }: TickOptions): Column<Delivery> {
  const ticked = shown.filter(({ id }) => chosen.has(id)).length;
  const change = (deliveries: readonly Delivery[], isTicked: boolean) => {
    const next = new Map(chosen);
    for (const delivery of deliveries) {
      if (isTicked) next.set(delivery.id, delivery);
      else next.delete(delivery.id);
    }
    setChosen(next);
  };
  return {
    key: 'tick',
    width: 44,
    header: (
      <Checkbox
        size="xs"
        aria-label={t('deliveries.tickAll')}
        checked={shown.length > 0 && ticked === shown.length}
        indeterminate={ticked > 0 && ticked < shown.length}
        onChange={(event) => change(shown, event.currentTarget.checked)}
      />
    ),
    render: (delivery) => (
      <Checkbox
        size="xs"
        aria-label={t('deliveries.tick', { who: delivery.recipient_key })}
        checked={chosen.has(delivery.id)}
        onChange={(event) => change([delivery], event.currentTarget.checked)}
      />
    ),
  };
}
