import { Alert, Button, Group, SimpleGrid, Table, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { CircleAlert, CircleCheck, FlaskConical } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { useFormat } from '@/lib/format';
import { useEdited } from '../automation-context';
import { Section } from '../section';
import { Figure } from './figure';
import classes from './figure.module.css';
import { defectsOf } from './pre-flight';

type DryRun = Schemas['DryRunView'];
const SHOWN = 50;

/** Goes through everybody without sending, and lists what is wrong. */
export function DryRunCard() {
  const { t } = useTranslation('editor');
  const { id, draft_differs, active_revision_number } = useEdited();
  const trying = useMutation({
    mutationFn: () =>
      data(api.POST('/automation/{automation_id}/dry-run', { params: { path: { automation_id: id } } })),
    meta: { problem: 'inline' },
  });
  return (
    <Section
      title={t('trial.dry.title')}
      text={t('trial.dry.text')}
      aside={
        <Button
          variant="default"
          leftSection={<FlaskConical size={16} aria-hidden="true" />}
          onClick={() => trying.mutate()}
          loading={trying.isPending}
        >
          {t('trial.dry.verb')}
        </Button>
      }
    >
      {draft_differs && active_revision_number !== null && (
        <Text size="sm" c="dimmed" mb="sm">
          {t('trial.dry.published', { number: active_revision_number })}
        </Text>
      )}
      {trying.isPending && <LinesSkeleton />}
      {trying.error !== null && <ProblemAlert error={trying.error} />}
      {trying.data !== undefined && !trying.isPending && <DryRunResult found={trying.data} />}
    </Section>
  );
}

export function DryRunResult({ found }: { found: DryRun }) {
  const { t } = useTranslation('editor');
  const format = useFormat();
  const [isAll, setAll] = useState(false);
  const left = found.target - found.would_send;
  const shown = isAll ? found.defects : found.defects.slice(0, SHOWN);
  return (
    <>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb="md">
        <Figure label={t('trial.dry.target')} value={format.number(found.target)} />
        <Figure label={t('trial.dry.wouldSend')} value={format.number(found.would_send)} />
        <Figure
          label={t('trial.dry.left')}
          value={format.number(left)}
          tone={left > 0 ? 'warning' : 'plain'}
        />
        <Figure label={t('trial.dry.largest')} value={format.bytes(found.largest_bytes)} />
      </SimpleGrid>
      {found.stops.length > 0 ? (
        <Alert
          color="red"
          mb="md"
          icon={<CircleAlert size={18} aria-hidden="true" />}
          title={t('trial.dry.stops')}
        >
          {found.stops.map((one) => (
            <Text key={one}>{one}</Text>
          ))}
        </Alert>
      ) : (
        found.defects.length === 0 && (
          <Alert color="teal" icon={<CircleCheck size={18} aria-hidden="true" />}>
            {t('trial.dry.clean')}
          </Alert>
        )
      )}
      {found.defects.length > 0 && (
        <>
          <Text fw={600} mb="xs">
            {defectsOf(found)
              .map(
                ({ kind, count }) =>
                  `${t(`defects.${kind}` as 'defects.INVALID_ADDRESS', { defaultValue: kind })} ${format.number(count)}`,
              )
              .join(' · ')}
          </Text>
          <Table.ScrollContainer
            minWidth={560}
            scrollAreaProps={{
              viewportProps: { tabIndex: 0, role: 'region', 'aria-label': t('trial.dry.defects') },
            }}
          >
            <Table aria-label={t('trial.dry.defects')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col" className={classes.short}>
                    {t('trial.dry.row')}
                  </Table.Th>
                  <Table.Th scope="col">{t('files.recipient')}</Table.Th>
                  <Table.Th scope="col">{t('files.outcome')}</Table.Th>
                  <Table.Th scope="col">{t('files.why')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {shown.map((one) => (
                  <Table.Tr key={`${one.row_number}/${one.error_kind}`}>
                    <Table.Td className={classes.short}>{format.number(one.row_number)}</Table.Td>
                    <Table.Td className={classes.short}>
                      {one.recipient_key}
                      <Text size="xs" c="dimmed">
                        {one.email}
                      </Text>
                    </Table.Td>
                    <Table.Td className={classes.short}>
                      {t(`defects.${one.error_kind}` as 'defects.INVALID_ADDRESS', {
                        defaultValue: one.error_kind,
                      })}
                    </Table.Td>
                    <Table.Td>{one.message}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          {found.defects.length > shown.length && (
            <Group mt="xs">
              <Button variant="subtle" size="xs" onClick={() => setAll(true)}>
                {t('trial.dry.showAll', { count: found.defects.length })}
              </Button>
            </Group>
          )}
        </>
      )}
    </>
  );
}
