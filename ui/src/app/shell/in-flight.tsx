import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { activeRunsQuery } from '@/screens/runs/run-queries';

/** What a stop holds back, or would hold back: runs, people, and mails that are on their way this moment. */
export function InFlight() {
  const { t } = useTranslation('shell');
  const format = useFormat();
  const { data: runs } = useQuery(activeRunsQuery);
  if (runs === undefined) return null;
  if (runs.items.length === 0) return <>{t('stop.idle')}</>;
  const sum = (key: 'pending' | 'sending') => runs.items.reduce((all, run) => all + run.counts[key], 0);
  const sending = sum('sending');
  return (
    <>
      {t('stop.flight', { count: runs.items.length, pending: format.number(sum('pending')) })}
      {' · '}
      {sending === 0 ? t('stop.settled') : t('stop.sending', { count: sending })}
    </>
  );
}
