import { ActionIcon, Alert, Badge, Button, Card, Group, Menu, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Ellipsis, Pencil, PlugZap, TableProperties, Trash2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
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
  const mayTest = useMay('operator');
  const testing = useTestConnection(connection.id);
  const [open, setOpen] = useState<'delete' | 'marker' | null>(null);
  const url = String(connection.options.url ?? '');
  const database = connection.kind === 'oracle' ? 'oracle' : (partsOf(url)?.database ?? 'other');
  return (
    <Card padding="md" component="article" aria-label={connection.name}>
      <Group justify="space-between" gap="sm">
        <div style={{ minWidth: 0, flex: '1 1 16rem' }}>
          <Group gap={8}>
            <Title order={2} size="h3">
              {connection.name}
            </Title>
            <Badge color="gray" className="tank-status" data-tone="quiet">
              {t(`databases.${database}`)}
            </Badge>
          </Group>
          <Text ff="monospace" size="sm" c="dimmed" mt={2}>
            {placeOf(url)}
          </Text>
          <Text size="sm" c="dimmed">
            {connection.secrets.includes('password') ? t('passwordSet') : t('passwordNone')} · {t('changed')}{' '}
            <Time at={connection.updated_at} style="relative" />
          </Text>
        </div>
        <Group gap="xs" wrap="nowrap">
          {mayTest && (
            <Button
              variant="default"
              size="xs"
              leftSection={<PlugZap size={14} aria-hidden="true" />}
              loading={testing.isPending}
              onClick={() => testing.mutate()}
            >
              {t('test')}
            </Button>
          )}
          {mayChange && (
            <Menu position="bottom-end" shadow="md">
              <Menu.Target>
                <ActionIcon aria-label={t('more', { name: connection.name })}>
                  <Ellipsis size={18} aria-hidden="true" />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<Pencil size={15} aria-hidden="true" />} onClick={edit}>
                  {t('edit', { ns: 'common' })}
                </Menu.Item>
                <Menu.Item
                  leftSection={<TableProperties size={15} aria-hidden="true" />}
                  onClick={() => setOpen('marker')}
                >
                  {t('marker.title')}
                </Menu.Item>
                <Menu.Item
                  leftSection={<Trash2 size={15} aria-hidden="true" />}
                  onClick={() => setOpen('delete')}
                >
                  {t('delete', { ns: 'common' })}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </Group>
      <div aria-live="polite">
        {testing.data !== undefined && (
          <Alert
            color="teal"
            mt="sm"
            icon={<CircleCheck size={18} aria-hidden="true" />}
            title={t('answers')}
          >
            {testing.data.answer}
          </Alert>
        )}
        {testing.error !== null && (
          <div style={{ marginTop: 12 }}>
            <ProblemAlert error={testing.error} retry={() => testing.mutate()} />
          </div>
        )}
      </div>
      {open === 'delete' && <Delete connection={connection} close={() => setOpen(null)} />}
      {open === 'marker' && (
        <Suspense>
          <MarkerTable connection={connection} close={() => setOpen(null)} />
        </Suspense>
      )}
    </Card>
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
