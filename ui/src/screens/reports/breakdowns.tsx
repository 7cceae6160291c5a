import { Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { AnchorLink } from '@/components/links';
import { DeliveryBadge, type DeliveryStatus } from '@/components/status-badge';
import { useFormat } from '@/lib/format';
import { useCauseName } from './cause-name';
import classes from './reports.module.css';
import type { Totals } from './use-report';

/** The latest day first; days without mails are left out, as the chart shows them. */
export function ByDay({ days }: { days: readonly Schemas['DayView'][] }) {
  const { t } = useTranslation('reports');
  const shown = days.filter(({ totals }) => totals.total > 0).toReversed();
  return (
    <TotalsTable
      label={t('parts.day')}
      first={t('parts.day')}
      lines={shown.map(({ day, totals }) => ({
        key: day,
        name: (
          <AnchorLink
            from="/reports"
            to="/reports"
            search={(before) => ({ ...before, period: 'own', since: day, until: day, by: 'automation' })}
          >
            {day}
          </AnchorLink>
        ),
        totals,
      }))}
    />
  );
}

export function ByAutomation({ automations }: { automations: readonly Schemas['AutomationTotalsView'][] }) {
  const { t } = useTranslation('reports');
  return (
    <TotalsTable
      label={t('parts.automation')}
      first={t('parts.automation')}
      lines={automations.map(({ automation_id, name, totals }) => ({
        key: automation_id,
        name: (
          <AnchorLink
            from="/reports"
            to="/reports"
            search={(before) => ({ ...before, automation: automation_id, by: 'run' })}
          >
            {name}
          </AnchorLink>
        ),
        totals,
      }))}
    />
  );
}

interface Line {
  key: string;
  name: ReactNode;
  totals: Totals;
}

function TotalsTable({ label, first, lines }: { label: string; first: string; lines: readonly Line[] }) {
  const { t } = useTranslation(['reports', 'status']);
  const format = useFormat();
  const columns = [
    ['total', t('total')],
    ['sent', t('delivery.SENT', { ns: 'status' })],
    ['fail', t('delivery.FAIL', { ns: 'status' })],
    ['skipped', t('delivery.SKIPPED', { ns: 'status' })],
    ['unknown', t('delivery.UNKNOWN', { ns: 'status' })],
  ] as const;
  return (
    <ReportTable label={label}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{first}</Table.Th>
          {columns.map(([key, name]) => (
            <Table.Th scope="col" key={key} ta="right">
              {name}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {lines.map(({ key, name, totals }) => (
          <Table.Tr key={key}>
            <Table.Td>{name}</Table.Td>
            {columns.map(([column]) => (
              <Table.Td key={column} ta="right">
                <Text component="span" c={totals[column] === 0 ? 'dimmed' : undefined}>
                  {format.number(totals[column])}
                </Text>
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ReportTable>
  );
}

export function ByError({ errors, total }: { errors: readonly Schemas['ErrorCountView'][]; total: number }) {
  const { t } = useTranslation('reports');
  const format = useFormat();
  const causeName = useCauseName();
  return (
    <ReportTable label={t('parts.error')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('parts.error')}</Table.Th>
          <Table.Th scope="col">{t('status')}</Table.Th>
          <Table.Th scope="col" ta="right">
            {t('count')}
          </Table.Th>
          <Table.Th scope="col" ta="right">
            {t('share')}
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {errors.map(({ error_kind, status, count }) => (
          <Table.Tr key={`${error_kind}/${status}`}>
            <Table.Td>
              {causeName(error_kind)}
              <Text size="xs" c="dimmed" ff="monospace">
                {error_kind}
              </Text>
            </Table.Td>
            <Table.Td>
              <DeliveryBadge status={status as DeliveryStatus} />
            </Table.Td>
            <Table.Td ta="right">
              <AnchorLink from="/reports" to="/reports" search={(before) => ({ ...before, by: 'run' })}>
                {format.number(count)}
              </AnchorLink>
            </Table.Td>
            <Table.Td ta="right">{format.percent(count, total)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </ReportTable>
  );
}

function ReportTable({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.table}>
      <Table.ScrollContainer
        minWidth={0}
        scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': label, role: 'region' } }}
      >
        <Table aria-label={label}>{children}</Table>
      </Table.ScrollContainer>
    </div>
  );
}
