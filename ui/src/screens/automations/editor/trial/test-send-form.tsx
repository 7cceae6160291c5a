import {
  Alert,
  Button,
  Group,
  NumberInput,
  SegmentedControl,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, Send } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { currentSession } from '@/api/session';
import { AnchorLink } from '@/components/links';
import { ProblemAlert } from '@/components/problem-alert';
import { useFormat } from '@/lib/format';
import { keepComposingEnter } from '@/lib/ime';
import { keep, kept } from '@/lib/storage';
import { useEdited } from '../automation-context';

const MOST = 20;

/** One's own test addresses: not a customer's, so they may be remembered. */
const remembered = () => `tank-test-addresses/${currentSession()?.account.id ?? 'nobody'}`;

function known(): string[] {
  return (kept(remembered()) ?? '').split(' ').filter((address) => address !== '');
}

interface TestSendFormProps {
  onSent?: () => void;
}

/** The mail of a real row, to addresses of one's own. */
export function TestSendForm({ onSent }: TestSendFormProps) {
  const { t } = useTranslation('editor');
  const { id, draft } = useEdited();
  const client = useQueryClient();
  const [addresses, setAddresses] = useState<string[]>(known);
  const [typed, setTyped] = useState('');
  const [by, setBy] = useState<'row' | 'key'>('row');
  const [row, setRow] = useState(1);
  const [key, setKey] = useState('');
  const all = [...new Set([...addresses, typed.trim()])].filter((address) => address !== '');
  const sending = useMutation({
    mutationFn: () =>
      data(
        api.POST('/automation/{automation_id}/test-send', {
          params: { path: { automation_id: id } },
          body: {
            addresses: all,
            row_number: by === 'row' ? row : 1,
            key: by === 'key' ? key.split(',').map((part) => part.trim()) : [],
          },
        }),
      ),
    onSuccess: () => {
      keep(remembered(), all.join(' '));
      setAddresses(all);
      setTyped('');
      void client.invalidateQueries({ queryKey: keys.outbox.all });
      onSent?.();
    },
    meta: { problem: 'inline' },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (all.length > 0 && !sending.isPending) sending.mutate();
  };
  return (
    <form onSubmit={submit} onKeyDown={keepComposingEnter} noValidate>
      <Stack gap="md" maw={640}>
        <TagsInput
          label={t('trial.send.addresses')}
          description={t('trial.send.addressesHint')}
          placeholder={addresses.length === 0 ? 'me@example.com' : ''}
          value={addresses}
          onChange={setAddresses}
          searchValue={typed}
          onSearchChange={setTyped}
          splitChars={[',', ' ', ';']}
          maxTags={MOST}
          acceptValueOnBlur
          inputMode="email"
          required
        />
        <Group gap="sm" align="flex-end">
          {draft.columns.key.length > 0 && (
            <SegmentedControl
              aria-label={t('trial.send.whose')}
              value={by}
              onChange={(value) => setBy(value === 'key' ? 'key' : 'row')}
              data={[
                { value: 'row', label: t('trial.send.byRow') },
                { value: 'key', label: t('trial.send.byKey', { columns: draft.columns.key.join(', ') }) },
              ]}
            />
          )}
          {by === 'row' ? (
            <NumberInput
              aria-label={t('trial.send.byRow')}
              value={row}
              onChange={(value) => typeof value === 'number' && setRow(value)}
              min={1}
              max={10_000}
              allowDecimal={false}
              w={110}
            />
          ) : (
            <TextInput
              aria-label={t('trial.send.byKey', { columns: draft.columns.key.join(', ') })}
              value={key}
              onChange={(event) => setKey(event.currentTarget.value)}
              w={200}
            />
          )}
          <Button
            type="submit"
            leftSection={<Send size={16} aria-hidden="true" />}
            disabled={all.length === 0 || (by === 'key' && key.trim() === '')}
            loading={sending.isPending}
          >
            {t('trial.send.verb')}
          </Button>
        </Group>
        {sending.error !== null && <ProblemAlert error={sending.error} />}
        {sending.data !== undefined && <Accepted mails={sending.data} />}
      </Stack>
    </form>
  );
}

function Accepted({ mails }: { mails: readonly Schemas['SampleSendView'][] }) {
  const { t } = useTranslation('editor');
  const { draft } = useEdited();
  const format = useFormat();
  const senders = useQuery({
    queryKey: keys.sender.list(),
    queryFn: ({ signal }) => data(api.GET('/sender', { signal })),
  });
  const isOutbox = senders.data?.find(({ name }) => name === draft.envelope.sender)?.kind === 'outbox';
  return (
    <Alert
      color="teal"
      role="status"
      icon={<CircleCheck size={18} aria-hidden="true" />}
      title={t('trial.send.done', { count: mails.length })}
    >
      {mails.map((mail) => (
        <Text key={mail.message_id} size="sm">
          {mail.email} · {format.bytes(mail.size)}
        </Text>
      ))}
      {isOutbox && (
        <Text size="sm" mt={4}>
          {t('trial.send.caught')}{' '}
          <AnchorLink to="/outbox" underline="always">
            {t('trial.send.toOutbox')}
          </AnchorLink>
        </Text>
      )}
    </Alert>
  );
}
