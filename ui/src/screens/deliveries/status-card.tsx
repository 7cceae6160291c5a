import { Alert, Text } from '@mantine/core';
import { CircleCheck, CircleDashed, CircleHelp, CircleSlash, CircleX, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type DeliveryStatus, deliveryColor } from '@/components/status-badge';
import type { Delivery } from './delivery-queries';

const ICONS: Record<DeliveryStatus, LucideIcon> = {
  PENDING: CircleDashed,
  SENDING: CircleDashed,
  SENT: CircleCheck,
  FAIL: CircleX,
  SKIPPED: CircleSlash,
  UNKNOWN: CircleHelp,
};

/** What became of the mail, in words: the outcome, why, and what can be done. */
export function StatusCard({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('deliveries');
  const { t: ofCause } = useTranslation('causes');
  const Icon = ICONS[delivery.status];
  const { error_kind: kind } = delivery;
  return (
    <Alert
      color={deliveryColor(delivery.status)}
      icon={<Icon size={20} aria-hidden="true" />}
      title={t(`said.${delivery.status}`)}
      styles={{ title: { color: 'var(--mantine-color-text)', fontSize: 'var(--mantine-font-size-md)' } }}
    >
      {kind !== null && (
        <>
          <Text>
            <strong>{ofCause(`kind.${kind}`)}</strong> – {ofCause(`why.${kind}`)}
          </Text>
          {delivery.error_text !== '' && (
            <Text size="sm">
              {[delivery.error_code, delivery.error_text].filter((part) => part !== '').join(': ')}
            </Text>
          )}
          <Text mt={4}>{ofCause(`todo.${kind}`)}</Text>
        </>
      )}
      {delivery.update_error !== '' && (
        <Text mt={4}>
          {t(`event.update.${delivery.update_query_ok as 'N'}`)}: {delivery.update_error}
        </Text>
      )}
    </Alert>
  );
}
