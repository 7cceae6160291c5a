import { Badge, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import type { Role } from '@/api/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { CopyOnce } from '@/components/copy-once';
import { ProblemAlert } from '@/components/problem-alert';
import { RoleChoice } from '@/components/role-choice';
import { Section } from '@/components/section';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { keepComposingEnter } from '@/lib/ime';
import { type Token, useTokens } from './use-people';

const MOST_DAYS = 365;
const USUAL_DAYS = 90;

/** What programs sign in with. */
export function Tokens() {
  const { t } = useTranslation('people');
  const { data: tokens, error, refetch } = useTokens();
  const [isAdding, setAdding] = useState(false);
  const [withdrawn, setWithdrawn] = useState<Token | null>(null);
  return (
    <Section
      title={t('tokens.title')}
      text={t('tokens.text')}
      actions={
        <Button
          variant="default"
          leftSection={<Plus size={16} aria-hidden="true" />}
          onClick={() => setAdding(true)}
        >
          {t('tokens.add')}
        </Button>
      }
    >
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {tokens === undefined && error === null && <LinesSkeleton lines={3} />}
      {tokens?.length === 0 && <Text c="dimmed">{t('tokens.none')}</Text>}
      {tokens !== undefined && tokens.length > 0 && <TokenTable tokens={tokens} withdraw={setWithdrawn} />}
      {isAdding && <AddToken close={() => setAdding(false)} />}
      {withdrawn !== null && <Withdraw token={withdrawn} close={() => setWithdrawn(null)} />}
    </Section>
  );
}

function TokenTable({ tokens, withdraw }: { tokens: readonly Token[]; withdraw: (token: Token) => void }) {
  const { t } = useTranslation(['people', 'roles']);
  return (
    <Table aria-label={t('tokens.title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">{t('tokens.name')}</Table.Th>
          <Table.Th scope="col" visibleFrom="sm">
            {t('accounts.role')}
          </Table.Th>
          <Table.Th scope="col" visibleFrom="sm">
            {t('tokens.used')}
          </Table.Th>
          <Table.Th scope="col">{t('tokens.ends')}</Table.Th>
          <Table.Th scope="col">
            <Text component="span" size="xs" c="dimmed">
              {t('accounts.actions')}
            </Text>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tokens.map((token) => (
          <Table.Tr key={token.id}>
            <Table.Td>
              <Text fw={600}>{token.name}</Text>
              <Text size="sm" c="dimmed">
                {t('tokens.madeBy', { who: token.created_by })}
              </Text>
            </Table.Td>
            <Table.Td visibleFrom="sm">{t(`names.${token.role}`, { ns: 'roles' })}</Table.Td>
            <Table.Td visibleFrom="sm">
              {token.last_used_at === null ? (
                t('accounts.never')
              ) : (
                <Time at={token.last_used_at} style="relative" />
              )}
            </Table.Td>
            <Table.Td>
              {Date.parse(token.expires_at) <= Date.now() ? (
                <Badge className="tank-status" color="gray" data-tone="quiet">
                  {t('tokens.ended')}
                </Badge>
              ) : (
                <Time at={token.expires_at} style="date" />
              )}
            </Table.Td>
            <Table.Td>
              <Button size="compact-sm" variant="default" onClick={() => withdraw(token)}>
                {t('tokens.withdraw')}
              </Button>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function dayAfter(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

function AddToken({ close }: { close: () => void }) {
  const { t } = useTranslation(['people', 'common']);
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [day, setDay] = useState(() => dayAfter(USUAL_DAYS));
  const adding = useMutation({
    mutationFn: (body: Schemas['NewToken']) => data(api.POST('/token', { body })),
    meta: { problem: 'inline' },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.token.all }),
  });
  const problem = adding.error instanceof Problem ? adding.error : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!adding.isPending)
      adding.mutate({ name: name.trim(), role, expires_at: new Date(`${day}T00:00:00`).toISOString() });
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t('tokens.add')}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
    >
      {adding.data !== undefined ? (
        <Stack gap="md">
          <CopyOnce value={adding.data.token} title={t('tokens.once')}>
            {t('tokens.onceText')}
          </CopyOnce>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('close', { ns: 'common' })}
            </Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit} onKeyDown={keepComposingEnter}>
          <Stack gap="md">
            <TextInput
              label={t('tokens.name')}
              description={t('tokens.nameHint')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={problem?.field('name')}
              maxLength={100}
              required
              withAsterisk={false}
              data-autofocus
            />
            <TextInput
              type="date"
              label={t('tokens.ends')}
              description={t('tokens.endsHint')}
              value={day}
              onChange={(event) => setDay(event.currentTarget.value)}
              error={problem?.field('expires_at')}
              min={dayAfter(1)}
              max={dayAfter(MOST_DAYS - 1)}
              required
              withAsterisk={false}
            />
            <RoleChoice label={t('accounts.role')} value={role} onChange={setRole} />
            {adding.error !== null && <ProblemAlert error={adding.error} />}
            <Group justify="flex-end" gap="xs">
              <Button variant="default" onClick={close}>
                {t('cancel', { ns: 'common' })}
              </Button>
              <Button type="submit" loading={adding.isPending}>
                {t('tokens.make')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}

function Withdraw({ token, close }: { token: Token; close: () => void }) {
  const { t } = useTranslation('people');
  const client = useQueryClient();
  return (
    <ConfirmDialog
      title={t('tokens.withdrawTitle', { name: token.name })}
      verb={t('tokens.withdraw')}
      isDangerous
      act={async () => {
        await data(api.DELETE('/token/{token_id}', { params: { path: { token_id: token.id } } }));
        await client.invalidateQueries({ queryKey: keys.token.all });
      }}
      close={close}
    >
      {t('tokens.withdrawText')}
    </ConfirmDialog>
  );
}
