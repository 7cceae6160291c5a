import { Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { asProblem } from '@/api/problem';
import { useFormat } from '@/lib/format';
import { DashboardCard } from './dashboard-card';
import { quotaQuery, type Sender, sendersQuery } from './dashboard-queries';

const NEARLY_USED = 0.9;

/** How much of each account's daily quota is used; the outbox has none. */
export function QuotaCard() {
  const { t } = useTranslation('dashboard');
  const { data: senders = [] } = useQuery(sendersQuery);
  const outside = senders.filter(({ kind }) => kind !== 'outbox');
  if (outside.length === 0) return null;
  return (
    <DashboardCard title={t('quota.title')}>
      <Stack gap="md">
        {outside.map((sender) => (
          <SenderQuota key={sender.id} sender={sender} />
        ))}
      </Stack>
    </DashboardCard>
  );
}

function SenderQuota({ sender }: { sender: Sender }) {
  const { data: quota, error } = useQuery(quotaQuery(sender.id));
  return (
    <div>
      <Text fw={550}>{sender.name}</Text>
      {error !== null && (
        <Text size="sm" c="var(--mantine-color-error)">
          {asProblem(error).detail}
        </Text>
      )}
      {quota !== undefined && <Used quota={quota} name={sender.name} />}
    </div>
  );
}

function Used({ quota, name }: { quota: Schemas['QuotaView']; name: string }) {
  const { t } = useTranslation('dashboard');
  const format = useFormat();
  const { per_day, per_second } = quota;
  const sent = quota.sent_last_day ?? 0;
  const share = per_day === null || per_day <= 0 ? null : sent / per_day;
  const rate = per_second === null ? null : t('quota.rate', { rate: format.number(per_second, 1) });
  const used =
    per_day === null
      ? quota.sent_last_day === null
        ? t('quota.free')
        : t('quota.sent', { sent: format.number(sent) })
      : t('quota.used', { sent: format.number(sent), all: format.number(per_day) });
  return (
    <>
      {share !== null && (
        <Progress
          value={share * 100}
          color={share >= NEARLY_USED ? 'red' : 'petrol'}
          my={6}
          aria-label={`${name}: ${used}`}
        />
      )}
      <Text size="sm" c="dimmed" className="tank-figures">
        {[used, rate].filter((part) => part !== null).join(' · ')}
      </Text>
      {!quota.sending_enabled && <Text size="sm">{t('quota.off')}</Text>}
      {!quota.production && <Text size="sm">{t('quota.sandbox')}</Text>}
    </>
  );
}
