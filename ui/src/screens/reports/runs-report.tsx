import { ActionIcon, Menu, Text, VisuallyHidden } from '@mantine/core';
import { Download } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useLanguage } from '@/app/i18n';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { EmptyState } from '@/components/empty-state';
import { type Column, KeysetTable } from '@/components/keyset-table';
import { RecordLink } from '@/components/record-link';
import { JobBadge } from '@/components/status-badge';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import { useKeyset } from '@/lib/keyset';
import { useZone } from '@/lib/zone';

type Run = Schemas['RunReportView'];

/** Runs, newest first, with their counts and how fast they went. */
export default function RunsReport({ automation }: { automation: string | undefined }) {
  const { t } = useTranslation(['reports', 'status']);
  const format = useFormat();
  const filter = automation === undefined ? {} : { automation_id: automation };
  const keyset = useKeyset({
    queryKey: keys.report.part('runs', 'runs', filter),
    load: ({ after, limit, signal }) =>
      data(api.GET('/report/runs', { params: { query: { ...filter, after, limit } }, signal })),
  });
  const count = (
    key: 'sent' | 'fail' | 'skipped' | 'unknown',
    status: 'SENT' | 'FAIL' | 'SKIPPED' | 'UNKNOWN',
  ) => ({
    key,
    header: t(`delivery.${status}`, { ns: 'status' }),
    align: 'right' as const,
    hiddenBelow: key === 'sent' || key === 'fail' ? undefined : ('sm' as const),
    render: (run: Run) =>
      run.counts[key] === 0 ? (
        <Text component="span" c="dimmed">
          0
        </Text>
      ) : (
        <RecordLink kind="run" id={run.run_id} search={{ status }}>
          {format.number(run.counts[key])}
        </RecordLink>
      ),
  });
  const columns: Column<Run>[] = [
    {
      key: 'started',
      header: t('run.started'),
      render: (run) => (
        <RecordLink kind="run" id={run.run_id}>
          <Time at={run.started_at} />
        </RecordLink>
      ),
    },
    { key: 'automation', header: t('automation'), hiddenBelow: 'md', render: (run) => run.automation_name },
    {
      key: 'state',
      header: t('run.state'),
      hiddenBelow: 'sm',
      render: (run) => <JobBadge state={run.state} />,
    },
    count('sent', 'SENT'),
    count('fail', 'FAIL'),
    count('skipped', 'SKIPPED'),
    count('unknown', 'UNKNOWN'),
    {
      key: 'duration',
      header: t('run.duration'),
      align: 'right',
      hiddenBelow: 'md',
      render: (run) => format.duration(run.duration_seconds),
    },
    {
      key: 'rate',
      header: t('run.rate'),
      align: 'right',
      hiddenBelow: 'lg',
      render: (run) => (run.mails_per_second === null ? '–' : format.number(run.mails_per_second, 1)),
    },
    {
      key: 'download',
      header: <VisuallyHidden>{t('download.title')}</VisuallyHidden>,
      align: 'right',
      width: 48,
      render: (run) => <RunDownload run={run} />,
    },
  ];
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        {t('run.about')}
      </Text>
      <KeysetTable
        label={t('parts.run')}
        keyset={keyset}
        columns={columns}
        rowKey={(run) => run.run_id}
        empty={<EmptyState title={t('empty.title')}>{t('empty.text')}</EmptyState>}
      />
    </>
  );
}

/** The recipients of one run: masked for everybody, whole for a reason. */
function RunDownload({ run }: { run: Run }) {
  const { t } = useTranslation('reports');
  const language = useLanguage();
  const zone = useZone();
  const mayReveal = useMay('operator');
  const [isAsking, setAsking] = useState(false);
  const query = { run_id: run.run_id, zone, language };
  const address = (ending: 'csv' | 'xlsx', more = {}) =>
    `/report/deliveries.${ending}?${new URLSearchParams({ ...query, ...more })}`;
  return (
    <>
      <Menu position="bottom-end" shadow="md">
        <Menu.Target>
          <ActionIcon aria-label={t('download.run')} title={t('download.run')}>
            <Download size={16} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item component="a" href={address('xlsx')} download>
            {t('download.maskedWorkbook')}
          </Menu.Item>
          <Menu.Item component="a" href={address('csv')} download>
            {t('download.masked')}
          </Menu.Item>
          {mayReveal && <Menu.Item onClick={() => setAsking(true)}>{t('download.revealed')}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      {isAsking && (
        <ConfirmDialog
          title={t('download.revealedTitle')}
          verb={t('download.title')}
          asksReason
          longestReason={200}
          act={async (reason) => {
            location.assign(address('xlsx', { reveal: 'true', reason }));
          }}
          close={() => setAsking(false)}
        >
          {t('download.revealedText')}
        </ConfirmDialog>
      )}
    </>
  );
}
