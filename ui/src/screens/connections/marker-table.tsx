import { Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import type { Connection } from './use-connections';

/** The statement with which the database's administrator makes write-backs happen exactly once. */
export default function MarkerTable({ connection, close }: { connection: Connection; close: () => void }) {
  const { t } = useTranslation(['connections', 'common']);
  const { data: marker, error } = useQuery({
    queryKey: keys.connection.part(connection.id, 'marker'),
    queryFn: ({ signal }) =>
      data(
        api.GET('/connection/{connection_id}/marker-table', {
          params: { path: { connection_id: connection.id } },
          signal,
        }),
      ),
  });
  return (
    <Modal
      opened
      onClose={close}
      title={t('marker.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
    >
      <Stack gap="md">
        <Text>{t('marker.text')}</Text>
        {error !== null && <ProblemAlert error={error} />}
        {marker === undefined && error === null && <LinesSkeleton lines={2} />}
        {marker !== undefined && (
          <>
            <Code block style={{ whiteSpace: 'pre-wrap' }}>
              {marker.ddl}
            </Code>
            <Group justify="flex-end">
              <CopyButton value={marker.ddl}>
                {({ copied, copy }) => (
                  <Button
                    onClick={copy}
                    leftSection={
                      copied ? <Check size={16} aria-hidden="true" /> : <Copy size={16} aria-hidden="true" />
                    }
                  >
                    {t(copied ? 'copied' : 'copy')}
                  </Button>
                )}
              </CopyButton>
            </Group>
          </>
        )}
      </Stack>
    </Modal>
  );
}
