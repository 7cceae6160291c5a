import { Alert, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, OctagonX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { AnchorLink } from '@/components/links';
import { useFormat } from '@/lib/format';
import type { Automation } from '../../actions';
import { edited } from '../automation-context';
import { readAutomation } from '../use-part';
import { Figure } from './figure';
import type { Doubt } from './pre-flight';

type Run = Schemas['RunView'];
type Kind = Schemas['ErrorKind'];

interface PreFlightCardProps {
  automation: Automation;
  found: Schemas['DryRunView'];
  /** Runs before, newest first. */
  runs: readonly Run[];
  doubts: readonly Doubt[];
}

/** What a run would do now, beside what the last ones did. */
export function PreFlightCard({ automation, found, runs, doubts }: PreFlightCardProps) {
  const { t } = useTranslation(['automations', 'editor']);
  const format = useFormat();
  const detail = useQuery({
    queryKey: keys.automation.one(automation.id),
    queryFn: ({ signal }) => readAutomation(automation.id, signal),
  });
  const hasUpdate = detail.data !== undefined && edited(detail.data).draft.dbio.update_query.trim() !== '';
  const count = (...kinds: Kind[]) => kinds.reduce((sum, kind) => sum + (found.defect_counts[kind] ?? 0), 0);
  const files = count('ATTACHMENT_NOT_FOUND', 'ATTACHMENT_AMBIGUOUS', 'ATTACHMENT_REFUSED');
  const addresses = count('INVALID_ADDRESS');
  const twice = count('DUPLICATE_ADDRESS', 'ALREADY_MAILED');
  const variables = count('RENDER_ERROR', 'MAPPING_ERROR');
  const rate = runs.find((run) => (run.rate_per_second ?? 0) > 0)?.rate_per_second ?? null;
  const last = runs[0]?.counts.target ?? null;
  const warn = (number: number) => (number > 0 ? ('warning' as const) : ('plain' as const));
  return (
    <section aria-label={t('flight.title')}>
      <Verdict doubts={doubts} found={found} />
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
        <Figure
          label={t('flight.target')}
          value={format.number(found.target)}
          note={last === null ? t('flight.firstRun') : <Drift now={found.target} last={last} />}
          tone={doubts.some(({ kind }) => kind === 'drift') ? 'warning' : 'plain'}
        />
        <Figure label={t('flight.wouldSend')} value={format.number(found.would_send)} tone="good" />
        <Figure label={t('flight.addresses')} value={format.number(addresses)} tone={warn(addresses)} />
        <Figure label={t('flight.twice')} value={format.number(twice)} tone={warn(twice)} />
        <Figure label={t('flight.files')} value={format.number(files)} tone={warn(files)} />
        <Figure label={t('flight.variables')} value={format.number(variables)} tone={warn(variables)} />
        <Figure
          label={t('flight.largest')}
          value={format.bytes(found.largest_bytes)}
          note={t('flight.total', { size: format.bytes(found.total_bytes) })}
        />
        <Figure
          label={t('flight.time')}
          value={rate === null ? '—' : format.duration(Math.ceil(found.would_send / rate))}
          note={rate === null ? t('flight.noRate') : t('flight.rate', { rate: format.number(rate) })}
        />
      </SimpleGrid>
      <Text size="sm" c="dimmed" mt="sm">
        {hasUpdate ? t('flight.update', { shown: format.number(found.would_send) }) : t('flight.noUpdate')}
        {found.defects.length > 0 && (
          <>
            {' '}
            <AnchorLink to="/automations/$id/try" params={{ id: automation.id }} underline="always">
              {t('flight.details')}
            </AnchorLink>
          </>
        )}
      </Text>
    </section>
  );
}

function Drift({ now, last }: { now: number; last: number }) {
  const { t } = useTranslation('automations');
  const format = useFormat();
  if (now === last) return t('flight.sameAsLast');
  const sign = now > last ? '+' : '−';
  return t('flight.drift', {
    last: format.number(last),
    change: `${sign}${format.number(Math.abs(now - last))}`,
  });
}

function Verdict({ doubts, found }: Pick<PreFlightCardProps, 'doubts' | 'found'>) {
  const { t } = useTranslation('automations');
  const format = useFormat();
  const isFinal = doubts.some((one) => one.isFinal);
  const left = found.target - found.would_send;
  if (doubts.length === 0)
    return (
      <Alert color="teal" mb="md" icon={<CircleCheck size={18} aria-hidden="true" />} title={t('flight.go')}>
        {left === 0 ? t('flight.goAll') : t('flight.goBut', { count: left, shown: format.number(left) })}
      </Alert>
    );
  return (
    <Alert
      color={isFinal ? 'red' : 'yellow'}
      role="alert"
      mb="md"
      icon={
        isFinal ? <OctagonX size={18} aria-hidden="true" /> : <CircleAlert size={18} aria-hidden="true" />
      }
      title={isFinal ? t('flight.noGo') : t('flight.look')}
    >
      {doubts.map(({ kind }) => (
        <Text key={kind}>{t(`flight.doubts.${kind}`)}</Text>
      ))}
      {found.stops.map((one) => (
        <Text key={one} size="sm">
          {one}
        </Text>
      ))}
    </Alert>
  );
}
