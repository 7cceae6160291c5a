import { Alert, List, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Pencil, Trash2, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { notifyDone } from '@/components/notify';
import { ServiceCard } from '@/components/service-card';
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
  const testing = useTestSender(sender.id);
  const [isDeleting, setDeleting] = useState(false);
  const menu = {
    label: t('more', { name: sender.name }),
    items: [
      { icon: Pencil, label: t('edit', { ns: 'common' }), act: edit },
      { icon: Trash2, label: t('delete', { ns: 'common' }), act: () => setDeleting(true) },
    ],
  };
  return (
    <>
      <ServiceCard
        name={sender.name}
        kind={t(`kinds.${sender.kind}.name`)}
        about={
          <>
            <Text size="sm" c="dimmed" mt={2}>
              <Place sender={sender} />
            </Text>
            <Text size="sm" c="dimmed">
              {sender.max_rate === null
                ? t('rate.own')
                : t('rate.most', { rate: format.number(sender.max_rate, 2) })}{' '}
              · {t('changed')} <Time at={sender.updated_at} style="relative" />
            </Text>
          </>
        }
        test={{ verb: t('test'), running: testing, shown: (answer) => <Answer answer={answer} /> }}
        menu={mayChange ? menu : null}
      >
        <Quota sender={sender} />
      </ServiceCard>
      {isDeleting && <Delete sender={sender} close={() => setDeleting(false)} />}
    </>
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
