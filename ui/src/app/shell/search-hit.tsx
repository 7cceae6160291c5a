import type { Schemas } from '@/api/client';
import { DeliveryBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import classes from './search-dialog.module.css';

/** One delivery in the search: to whom (masked), when, and how it fared. */
export function DeliveryHit({ delivery }: { delivery: Schemas['DeliveryView'] }) {
  return (
    <span className={classes.hit}>
      <span className={classes.who}>
        {delivery.email} <span className={classes.key}>{delivery.recipient_key}</span>
      </span>
      <Time at={delivery.created_at} />
      <DeliveryBadge status={delivery.status} />
    </span>
  );
}
