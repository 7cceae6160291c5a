import { Button, Stack } from '@mantine/core';
import { Database, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { ConnectionCard } from './connection-card';
import { type Connection, useConnections } from './use-connections';

const ConnectionForm = lazy(() => import('./connection-form'));

/** The databases that recipients come from. */
export function ConnectionsScreen() {
  const { t } = useTranslation('connections');
  const mayChange = useMay('admin');
  const { data: connections, error, refetch } = useConnections();
  const [edited, setEdited] = useState<Connection | 'new' | null>(null);
  const add = (
    <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={() => setEdited('new')}>
      {t('add')}
    </Button>
  );
  return (
    <Page
      title={t('title')}
      description={mayChange ? t('description') : t('readOnly')}
      actions={mayChange && connections !== undefined && connections.length > 0 ? add : undefined}
    >
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {error === null && connections === undefined && <LinesSkeleton lines={6} />}
      {connections?.length === 0 && (
        <EmptyState icon={Database} title={t('empty.title')} action={mayChange ? add : undefined}>
          {t('empty.text')}
        </EmptyState>
      )}
      <Stack gap="sm">
        {connections?.map((connection) => (
          <ConnectionCard
            key={connection.id}
            connection={connection}
            mayChange={mayChange}
            edit={() => setEdited(connection)}
          />
        ))}
      </Stack>
      {edited !== null && (
        <Suspense>
          <ConnectionForm connection={edited === 'new' ? null : edited} close={() => setEdited(null)} />
        </Suspense>
      )}
    </Page>
  );
}
