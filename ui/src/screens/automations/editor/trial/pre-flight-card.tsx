import { Alert, List, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, OctagonX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { AnchorLink } from '@/components/links';
import { useFormat } from '@/lib/format';
import type { Automation } from '../../actions';
import { Figure } from './figure';
import { type PreFlight, verdictOf } from './pre-flight';

const EMPTY_SHOWN = 5;

interface PreFlightCardProps {
  automation: Automation;
  found: PreFlight;
}

/** What a run would do now, beside what the last ones did. */
export function PreFlightCard({ automation, found }: PreFlightCardProps) {
  const { t } = useTranslation('automations');
  const format = useFormat();
  const lastRate = useLastRate(automation.id);
  const warn = (count: number) => (count > 0 ? ('warning' as const) : ('plain' as const));
  const files = found.files_missing + found.files_ambiguous;
  const empty = found.empty_variables;
  // Where the sender sets no limit, the last run's rate tells.
  const rate = found.per_second ?? lastRate;
  const seconds = found.seconds ?? (rate === null ? null : found.would_send / rate);
  const mostEmpty = Math.max(0, ...empty.map(({ count }) => count));
  return (
    <section aria-label={t('flight.title')}>
      <Conclusion found={found} />
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Figure
          label={t('flight.target')}
          value={format.number(found.target)}
          note={<Compared found={found} />}
          tone={found.reasons.some(({ code }) => code === 'drift') ? 'warning' : 'plain'}
        />
        <Figure label={t('flight.wouldSend')} value={format.number(found.would_send)} tone="good" />
        <Figure
          label={t('flight.addresses')}
          value={format.number(found.bad_addresses)}
          tone={warn(found.bad_addresses)}
        />
        <Figure
          label={t('flight.duplicates')}
          value={format.number(found.duplicates)}
          tone={warn(found.duplicates)}
        />
        <Figure label={t('flight.files')} value={format.number(files)} tone={warn(files)} />
        <Figure label={t('flight.empty')} value={format.number(mostEmpty)} tone={warn(mostEmpty)} />
        <Figure
          label={t('flight.largest')}
          value={format.bytes(found.largest_bytes)}
          note={t('flight.total', { size: format.bytes(found.total_bytes) })}
        />
        <Figure
          label={t('flight.time')}
          value={seconds === null ? '—' : format.duration(Math.max(1, Math.ceil(seconds)))}
          note={rate === null ? t('flight.noRate') : t('flight.rate', { rate: format.number(rate) })}
        />
      </SimpleGrid>
      <Text size="sm" c="dimmed" mt="sm" component="div">
        {empty.length > 0 && (
          <div>
            {t('flight.emptyOf', {
              names: format.list(
                empty.slice(0, EMPTY_SHOWN).map(({ name, count }) => `${name} ${format.number(count)}`),
              ),
            })}
          </div>
        )}
        {found.update_rows == null
          ? t('flight.noUpdate')
          : t('flight.update', { shown: format.number(found.update_rows) })}{' '}
        {found.would_send < found.target && (
          <AnchorLink to="/automations/$id/try" params={{ id: automation.id }} underline="always">
            {t('flight.details')}
          </AnchorLink>
        )}
      </Text>
    </section>
  );
}

function useLastRate(id: string): number | null {
  const filter = { automation_id: id, limit: 1 };
  const { data: runs } = useQuery({
    queryKey: keys.run.list(filter),
    queryFn: ({ signal }) => data(api.GET('/run', { params: { query: filter }, signal })),
  });
  return runs?.items[0]?.rate_per_second || null;
}

function Compared({ found }: { found: PreFlight }) {
  const { t } = useTranslation('automations');
  const format = useFormat();
  if (found.expected == null) return t('flight.firstRun');
  const change = found.target - found.expected;
  if (change === 0) return t('flight.sameAsLast');
  const shown = `${change > 0 ? '+' : '−'}${format.number(Math.abs(change))}`;
  return t('flight.drift', { last: format.number(found.expected), change: shown });
}

function Conclusion({ found }: { found: PreFlight }) {
  const { t } = useTranslation('automations');
  const format = useFormat();
  const verdict = verdictOf(found);
  const left = found.target - found.would_send;
  if (verdict === 'go')
    return (
      <Alert color="teal" mb="md" icon={<CircleCheck size={18} aria-hidden="true" />} title={t('flight.go')}>
        {left === 0 ? t('flight.goAll') : t('flight.goBut', { count: left, shown: format.number(left) })}
      </Alert>
    );
  const Icon = verdict === 'noGo' ? OctagonX : CircleAlert;
  return (
    <Alert
      color={verdict === 'noGo' ? 'red' : 'yellow'}
      role="alert"
      mb="md"
      icon={<Icon size={18} aria-hidden="true" />}
      title={verdict === 'noGo' ? t('flight.noGo') : t('flight.look')}
    >
      <List>
        {found.reasons.map(({ code, message }) => (
          <List.Item key={`${code}/${message}`}>
            {t(`flight.reasons.${code}` as 'flight.reasons.drift', { defaultValue: message })}
            {code === 'stops' && <Text size="sm">{message}</Text>}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
