import { Button, SegmentedControl, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CheckCheck, ShieldCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { announce } from '@/components/announcer';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { EmptyState } from '@/components/empty-state';
import { Pager } from '@/components/keyset-table';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { useReveal } from '@/components/reveal';
import { LinesSkeleton } from '@/components/skeletons';
import { useKeyset } from '@/lib/keyset';
import { ErrorCard } from './error-card';

const LOOKED_AT_MS = 20_000;

/** What failed around Tank, and what to do about it. */
export function SystemErrorsScreen() {
  const { t } = useTranslation('system-errors');
  const { show } = useSearch({ from: '/inside/system-errors' });
  const navigate = useNavigate();
  const reveal = useReveal();
  const mayAcknowledge = useMay('operator');
  const filter = { ...(show === 'all' ? {} : { unacknowledged: true }), ...reveal.query };
  const keyset = useKeyset({
    queryKey: keys.systemError.list(filter),
    load: ({ after, limit, signal }) =>
      data(api.GET('/system-error', { params: { query: { ...filter, after, limit } }, signal })),
    refetchInterval: reveal.isRevealed ? false : LOOKED_AT_MS,
  });
  const open = keyset.items.filter((error) => error.acknowledged_at === null);

  return (
    <Page
      title={t('title')}
      description={t('description')}
      actions={
        <>
          {mayAcknowledge && keyset.items.length > 0 && reveal.control}
          {mayAcknowledge && open.length > 1 && <AcknowledgeAll errors={open} />}
        </>
      }
    >
      <SegmentedControl
        mb="md"
        aria-label={t('filter.label')}
        value={show ?? 'open'}
        onChange={(value) =>
          void navigate({
            to: '/system-errors',
            search: value === 'all' ? { show: 'all' } : {},
            replace: true,
          })
        }
        data={[
          { value: 'open', label: t('filter.open') },
          { value: 'all', label: t('filter.all') },
        ]}
      />
      {keyset.problem !== null && <ProblemAlert error={keyset.problem} retry={keyset.reload} />}
      {keyset.isLoading && keyset.problem === null && <LinesSkeleton lines={8} />}
      {!keyset.isLoading && keyset.problem === null && keyset.items.length === 0 && (
        <EmptyState icon={ShieldCheck} title={t(show === 'all' ? 'empty.none' : 'empty.title')}>
          {t('empty.text')}
        </EmptyState>
      )}
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-busy={keyset.isStale}>
        {keyset.items.map((error) => (
          <li key={error.id}>
            <ErrorCard error={error} mayAcknowledge={mayAcknowledge} />
          </li>
        ))}
      </Stack>
      <Pager keyset={keyset} />
    </Page>
  );
}

function AcknowledgeAll({ errors }: { errors: readonly Schemas['SystemErrorView'][] }) {
  const { t } = useTranslation('system-errors');
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const acknowledging = useMutation({
    mutationFn: async () => {
      for (const { id } of errors) {
        await data(api.POST('/system-error/{error_id}/acknowledge', { params: { path: { error_id: id } } }));
      }
      announce(t('acknowledged'));
    },
    meta: { problem: 'inline' },
    // Also where one of them failed: those before it are done.
    onSettled: () => client.invalidateQueries({ queryKey: keys.systemError.all }),
  });
  const count = errors.length;
  return (
    <>
      <Button
        variant="default"
        leftSection={<CheckCheck size={16} aria-hidden="true" />}
        onClick={() => setAsking(true)}
      >
        {t('all.verb', { count })}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('all.title', { count })}
          verb={t('acknowledge')}
          act={() => acknowledging.mutateAsync()}
          close={() => setAsking(false)}
        >
          {t('all.text')}
        </ConfirmDialog>
      )}
    </>
  );
}
