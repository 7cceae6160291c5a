import { ActionIcon, Alert, Badge, Button, Card, Group, List, Menu, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Ellipsis, Pencil, PlugZap, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { Time } from '@/components/time';
import { useFormat } from '@/lib/format';
import { Quota } from './quota';
import { type Sender, useTestSender } from './use-senders';

interface SenderCardProps {
  sender: Sender;
  mayChange: boolean;
  edit: () => void;
}

/** One sender: what takes its mails, how fast they may leave, and whether it answers. */
export function SenderCard({ sender, mayChange, edit }: SenderCardProps) {
  const { t } = useTranslation(['senders', 'common']);
  const format = useFormat();
  const mayTest = useMay('operator');
  const testing = useTestSender(sender.id);
  const [isDeleting, setDeleting] = useState(false);
  return (
    <Card padding="md" component="article" aria-label={sender.name}>
      <Group justify="space-between" gap="sm">
        <div style={{ minWidth: 0, flex: '1 1 16rem' }}>
          <Group gap={8}>
            <Title order={2} size="h3">
              {sender.name}
            </Title>
            <Badge color="gray" className="tank-status" data-tone="quiet">
              {t(`kinds.${sender.kind}.name`)}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed" mt={2}>
            <Place sender={sender} />
          </Text>
          <Text size="sm" c="dimmed">
            {sender.max_rate === null
              ? t('rate.own')
              : t('rate.most', { rate: format.number(sender.max_rate, 2) })}{' '}
            · {t('changed')} <Time at={sender.updated_at} style="relative" />
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
                <ActionIcon aria-label={t('more', { name: sender.name })}>
                  <Ellipsis size={18} aria-hidden="true" />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<Pencil size={15} aria-hidden="true" />} onClick={edit}>
                  {t('edit', { ns: 'common' })}
                </Menu.Item>
                <Menu.Item
                  leftSection={<Trash2 size={15} aria-hidden="true" />}
                  onClick={() => setDeleting(true)}
                >
                  {t('delete', { ns: 'common' })}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </Group>
      <Quota sender={sender} />
      <div aria-live="polite">
        {testing.data !== undefined && <Answer answer={testing.data} />}
        {testing.error !== null && (
          <div style={{ marginTop: 12 }}>
            <ProblemAlert error={testing.error} retry={() => testing.mutate()} />
          </div>
        )}
      </div>
      {isDeleting && <Delete sender={sender} close={() => setDeleting(false)} />}
    </Card>
  );
}

function Place({ sender }: { sender: Sender }) {
  const { t } = useTranslation('senders');
  const { host, region, folder } = sender.options as Record<string, string | undefined>;
  const place = { outbox: folder, smtp: host, ses: region }[sender.kind];
  return place === undefined || place === '' ? t(`kinds.${sender.kind}.text`) : place;
}

/** What answered, and what the account may send. */
function Answer({ answer }: { answer: Schemas['SenderTestView'] }) {
  const { t } = useTranslation('senders');
  const format = useFormat();
  const isFine = answer.sending_enabled && answer.production;
  const Icon = isFine ? CircleCheck : TriangleAlert;
  const lines = [
    answer.answer,
    answer.per_second === null ? null : t('quota.perSecond', { rate: format.number(answer.per_second, 1) }),
    answer.per_day === null
      ? null
      : t('quota.perDay', {
          most: format.number(answer.per_day),
          sent: format.number(answer.sent_last_day ?? 0),
        }),
    answer.sending_enabled ? null : t('quota.disabled'),
    answer.production ? null : t('quota.sandbox'),
    ...answer.notes,
  ].filter((line) => line !== null);
  return (
    <Alert
      color={isFine ? 'teal' : 'yellow.8'}
      mt="sm"
      icon={<Icon size={18} aria-hidden="true" />}
      title={t(isFine ? 'answers' : 'answersBut')}
    >
      <List size="sm" spacing={2}>
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Delete({ sender, close }: { sender: Sender; close: () => void }) {
  const { t } = useTranslation(['senders', 'common']);
  const client = useQueryClient();
  return (
    <ConfirmDialog
      title={t('remove.title', { name: sender.name })}
      verb={t('delete', { ns: 'common' })}
      isDangerous
      act={async () => {
        await data(api.DELETE('/sender/{sender_id}', { params: { path: { sender_id: sender.id } } }));
        await client.invalidateQueries({ queryKey: keys.sender.all });
        notifyDone(t('remove.done'));
      }}
      close={close}
    >
      {t('remove.text')}
    </ConfirmDialog>
  );
}
