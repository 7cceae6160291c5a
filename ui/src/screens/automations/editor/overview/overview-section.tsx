import { Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { AnchorLink } from '@/components/links';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import { RunResult } from '../../list/last-result';
import { useEdited } from '../automation-context';
import { useTimingWords } from '../schedule/use-timing-words';
import { Beside, Section } from '../section';
import classes from './overview.module.css';
import { Readiness } from './readiness';

const RUNS_SHOWN = 5;
const LOOKED_AT_EVERY_MS = 5_000;

/** What an automation does, at a glance, and what it still lacks. */
export function OverviewSection() {
  return (
    <>
      <Readiness />
      <Beside left={<Summary />} right={<Recent />} />
    </>
  );
}

function Summary() {
  const { t } = useTranslation('editor');
  const { id, draft, description } = useEdited();
  const schedules = useSchedules(id);
  const words = useTimingWords();
  const count = [draft.dbio.target_query, draft.dbio.mapping_query, draft.dbio.update_query].filter(
    (query) => query.trim() !== '',
  ).length;
  const none = <Text c="dimmed">{t('overview.nothing')}</Text>;
  return (
    <Section title={t('overview.title')} text={description === '' ? undefined : description}>
      <Stack gap={0}>
        <Row id={id} to="/automations/$id/data" label={t('sections.data')}>
          {draft.dbio.connection === ''
            ? none
            : `${draft.dbio.connection} · ${t('overview.queries', { count })}`}
        </Row>
        <Row id={id} to="/automations/$id/mail" label={t('sections.mail')}>
          {draft.template.subject === '' ? (
            none
          ) : (
            <code className={classes.subject}>{draft.template.subject}</code>
          )}
          {draft.envelope.from_email !== '' && (
            <Text size="sm" c="dimmed">
              {t('overview.from', {
                from: `${draft.envelope.from_name} <${draft.envelope.from_email}>`.trim(),
                sender: draft.envelope.sender,
              })}
            </Text>
          )}
        </Row>
        <Row id={id} to="/automations/$id/files" label={t('sections.files')}>
          {draft.attachments.length === 0
            ? none
            : draft.attachments.map((rule) => (
                <div key={rule.pattern}>
                  <code>{rule.pattern}</code>
                </div>
              ))}
        </Row>
        <Row id={id} to="/automations/$id/schedule" label={t('sections.schedule')}>
          {(schedules.data?.items ?? []).length === 0
            ? none
            : schedules.data?.items.map((one) => (
                <div key={one.id}>
                  {words(one)}{' '}
                  <Text span size="sm" c="dimmed">
                    {one.next_due !== null && <Time at={one.next_due} zone={one.zone} />}
                  </Text>
                </div>
              ))}
        </Row>
      </Stack>
    </Section>
  );
}

interface RowProps {
  id: string;
  to:
    | '/automations/$id/data'
    | '/automations/$id/mail'
    | '/automations/$id/files'
    | '/automations/$id/schedule';
  label: string;
  children: ReactNode;
}

function Row({ id, to, label, children }: RowProps) {
  return (
    <div className={classes.row}>
      <AnchorLink to={to} params={{ id }} className={classes.label}>
        {label}
        <ChevronRight size={14} aria-hidden="true" />
      </AnchorLink>
      <div className={classes.value}>{children}</div>
    </div>
  );
}

export function useSchedules(id: string) {
  return useQuery({
    queryKey: keys.schedule.list({ automation_id: id }),
    queryFn: ({ signal }) =>
      data(api.GET('/scheduler', { params: { query: { automation_id: id } }, signal })),
  });
}

function Recent() {
  const { t } = useTranslation(['editor', 'automations']);
  const { id } = useEdited();
  const format = useFormat();
  const filter = { automation_id: id, limit: RUNS_SHOWN };
  const runs = useQuery({
    queryKey: keys.run.list(filter),
    queryFn: ({ signal }) => data(api.GET('/run', { params: { query: filter }, signal })),
    refetchInterval: LOOKED_AT_EVERY_MS,
  });
  const items = runs.data?.items ?? [];
  return (
    <Section title={t('overview.runs')}>
      {runs.error !== null && <ProblemAlert error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isPending && <LinesSkeleton />}
      {runs.data !== undefined && items.length === 0 && (
        <Text c="dimmed">{t('automations:list.neverRan')}</Text>
      )}
      {items.length > 0 && (
        <Table aria-label={t('overview.runs')}>
          <Table.Tbody>
            {items.map((run) => (
              <Table.Tr key={run.id}>
                <Table.Td>
                  <RunResult run={run} />
                </Table.Td>
                <Table.Td ta="right">
                  <Group gap={4} justify="flex-end">
                    <Text size="sm" c="dimmed" className="tank-figures">
                      {run.rate_per_second !== null &&
                        t('overview.rate', { rate: format.number(run.rate_per_second) })}
                    </Text>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Section>
  );
}
