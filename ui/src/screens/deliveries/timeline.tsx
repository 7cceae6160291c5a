import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Time } from '@/components/time';
import classes from './delivery.module.css';
import type { Delivery } from './delivery-queries';

interface Moment {
  key: string;
  text: string;
  at: string | null;
  tone?: 'good' | 'bad' | 'doubt';
}

/** What happened to the delivery, in order. */
export function Timeline({ delivery }: { delivery: Delivery }) {
  const moments = useMoments(delivery);
  return (
    <ol className={classes.timeline}>
      {moments.map(({ key, text, at, tone }) => (
        <li key={key} data-tone={tone}>
          <Text fw={550}>{text}</Text>
          {at !== null && (
            <Text size="sm" c="dimmed">
              <Time at={at} style="moment" />
            </Text>
          )}
        </li>
      ))}
    </ol>
  );
}

function useMoments(delivery: Delivery): Moment[] {
  const { t } = useTranslation('deliveries');
  const { status, created_at, intent_at, sent_at, finished_at, update_query_ok: update } = delivery;
  const moments: Moment[] = [{ key: 'created', text: t('event.created'), at: created_at }];
  if (intent_at !== null) moments.push({ key: 'intent', text: t('event.intent'), at: intent_at });
  const at = sent_at ?? finished_at;
  if (status === 'SENT') moments.push({ key: 'end', text: t('event.sent'), at, tone: 'good' });
  else if (status === 'FAIL') moments.push({ key: 'end', text: t('event.failed'), at, tone: 'bad' });
  else if (status === 'SKIPPED') moments.push({ key: 'end', text: t('event.skipped'), at });
  else if (status === 'UNKNOWN') moments.push({ key: 'end', text: t('event.unknown'), at, tone: 'doubt' });
  else if (status === 'PENDING') moments.push({ key: 'end', text: t('event.waiting'), at: null });
  if (update !== 'NONE') {
    const tone = ({ Y: 'good', N: 'bad', IN_DOUBT: 'doubt', PENDING: undefined } as const)[update];
    moments.push({ key: 'update', text: t(`event.update.${update}`), at: null, tone });
  }
  return moments;
}
