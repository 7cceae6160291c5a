import { Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { asProblem } from '@/api/problem';
import { useProblemTexts } from '@/components/use-problem-texts';
import { useFormat } from '@/lib/format';
import { type Sender, useQuota } from './use-senders';

const NEARLY_ALL = 0.9;

/** How much of an SES account's day is used up. */
export function Quota({ sender }: { sender: Sender }) {
  const { t } = useTranslation('senders');
  const format = useFormat();
  const { data: quota, error } = useQuota(sender);
  if (error !== null) return <NoQuota error={error} />;
  if (quota === undefined || quota.per_day === null) return null;
  const sent = quota.sent_last_day ?? 0;
  const text = t('quota.perDay', { most: format.number(quota.per_day), sent: format.number(sent) });
  return (
    <div style={{ marginTop: 10, maxWidth: 420 }}>
      <Progress
        value={(100 * sent) / quota.per_day}
        color={sent >= NEARLY_ALL * quota.per_day ? 'red' : 'petrol'}
        size="sm"
        aria-label={text}
      />
      <Text size="sm" c="dimmed" mt={4}>
        {text}{' '}
        {quota.per_second !== null && t('quota.perSecond', { rate: format.number(quota.per_second, 1) })}
      </Text>
      {!quota.sending_enabled && <Text size="sm">{t('quota.disabled')}</Text>}
      {!quota.production && <Text size="sm">{t('quota.sandbox')}</Text>}
    </div>
  );
}

function NoQuota({ error }: { error: unknown }) {
  const { t } = useTranslation('senders');
  const { title } = useProblemTexts(asProblem(error));
  return (
    <Text size="sm" c="dimmed" mt={8}>
      {t('quota.unknown')} {title}
    </Text>
  );
}
