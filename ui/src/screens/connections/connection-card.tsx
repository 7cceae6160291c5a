import { Alert, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Pencil, TableProperties, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { notifyDone } from '@/components/notify';
import { ServiceCard } from '@/components/service-card';
import { Time } from '@/components/time';
import { partsOf, placeOf } from './database-url';
import { type Connection, useTestConnection } from './use-connections';

const MarkerTable = lazy(() => import('./marker-table'));

interface ConnectionCardProps {
  connection: Connection;
  mayChange: boolean;
  edit: () => void;
}

/** One connection: where it leads, whether it answers, and what can be done with it. */
export function ConnectionCard({ connection, mayChange, edit }: ConnectionCardProps) {
  const { t } = useTranslation(['connections', 'common']);
  const testing = useTestConnection(connection.id);
  const [open, setOpen] = useState<'delete' | 'marker' | null>(null);
  const url = String(connection.options.url ?? '');
  const database = connection.kind === 'oracle' ? 'oracle' : (partsOf(url)?.database ?? 'other');
  const menu = {
    label: t('more', { name: connection.name }),
    items: [
      { icon: Pencil, label: t('edit', { ns: 'common' }), act: edit },
      { icon: TableProperties, label: t('marker.title'), act: () => setOpen('marker') },
      { icon: Trash2, label: t('delete', { ns: 'common' }), act: () => setOpen('delete') },
    ],
  };
  return (
    <>
      <ServiceCard
        name={connection.name}
        kind={t(`databases.${database}`)}
        about={
          <>
            <Text ff="monospace" size="sm" c="dimmed" mt={2}>
              {placeOf(url)}
            </Text>
            <Text size="sm" c="dimmed">
              {connection.secrets.includes('password') ? t('passwordSet') : t('passwordNone')} ·{' '}
              {t('changed')} <Time at={connection.updated_at} style="relative" />
            </Text>
          </>
        }
        test={{
          verb: t('test'),
          running: testing,
          shown: ({ answer }) => (
            <Alert
              color="teal"
              mt="sm"
              icon={<CircleCheck size={18} aria-hidden="true" />}
              title={t('answers')}
            >
              {answer}
            </Alert>
          ),
        }}
        menu={mayChange ? menu : null}
      />
      {open === 'delete' && <Delete connection={connection} close={() => setOpen(null)} />}
      {open === 'marker' && (
        <Suspense>
          <MarkerTable connection={connection} close={() => setOpen(null)} />
        </Suspense>
      )}
    </>
  );
}

function Delete({ connection, close }: { connection: Connection; close: () => void }) {
  const { t } = useTranslation(['connections', 'common']);
  const client = useQueryClient();
  return (
    <ConfirmDialog
      title={t('remove.title', { name: connection.name })}
      verb={t('delete', { ns: 'common' })}
      isDangerous
      act={async () => {
        await data(
          api.DELETE('/connection/{connection_id}', { params: { path: { connection_id: connection.id } } }),
        );
        await client.invalidateQueries({ queryKey: keys.connection.all });
        notifyDone(t('remove.done'));
      }}
      close={close}
    >
      {t('remove.text')}
    </ConfirmDialog>
  );
}
