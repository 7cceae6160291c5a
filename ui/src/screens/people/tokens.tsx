import { Badge, Button, Table, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { ProblemAlert } from '@/components/problem-alert';
import { Section } from '@/components/section';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { type Token, useTokens } from './use-people';

const AddToken = lazy(() => import('./add-token'));

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
      {isAdding && (
        <Suspense>
          <AddToken close={() => setAdding(false)} />
        </Suspense>
      )}
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
