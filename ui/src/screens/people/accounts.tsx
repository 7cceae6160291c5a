import { ActionIcon, Badge, Button, Menu, Table, Text } from '@mantine/core';
import { Ellipsis, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/app/session';
import { ProblemAlert } from '@/components/problem-alert';
import { Section } from '@/components/section';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import type { AccountDialogOpen } from './account-dialogs';
import { type Account, useAccounts } from './use-people';

const AccountDialogs = lazy(() => import('./account-dialogs'));

/** People by name, those that are disabled too. */
export function Accounts() {
  const { t } = useTranslation(['people', 'roles']);
  const { data: accounts, error, refetch } = useAccounts();
  const [open, setOpen] = useState<AccountDialogOpen | null>(null);
  const close = () => setOpen(null);
  return (
    <Section
      title={t('accounts.title')}
      text={t('accounts.text')}
      actions={
        <Button leftSection={<Plus size={16} aria-hidden="true" />} onClick={() => setOpen({ what: 'add' })}>
          {t('accounts.add')}
        </Button>
      }
    >
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {accounts === undefined && error === null && <LinesSkeleton lines={5} />}
      {accounts !== undefined && (
        <Table aria-label={t('accounts.title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('accounts.who')}</Table.Th>
              <Table.Th scope="col">{t('accounts.role')}</Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                {t('accounts.factor')}
              </Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                {t('accounts.seen')}
              </Table.Th>
              <Table.Th scope="col" visibleFrom="sm">
                {t('accounts.state')}
              </Table.Th>
              <Table.Th scope="col">
                <Text component="span" size="xs" c="dimmed">
                  {t('accounts.actions')}
                </Text>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {accounts.map((account) => (
              <Row key={account.id} account={account} act={(what) => setOpen({ what, account })} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      {open !== null && (
        <Suspense>
          <AccountDialogs open={open} close={close} />
        </Suspense>
      )}
    </Section>
  );
}

interface RowProps {
  account: Account;
  act: (what: 'role' | 'link' | 'switch') => void;
}

function Row({ account, act }: RowProps) {
  const { t } = useTranslation(['people', 'roles']);
  const isOwn = useSession()?.account.id === account.id;
  return (
    <Table.Tr>
      <Table.Td>
        <Text fw={600}>
          {account.display_name}{' '}
          {isOwn && (
            <Text component="span" c="dimmed" size="sm">
              {t('accounts.you')}
            </Text>
          )}
        </Text>
        <Text size="sm" c="dimmed">
          {account.name}
        </Text>
      </Table.Td>
      <Table.Td>{t(`names.${account.role}`, { ns: 'roles' })}</Table.Td>
      <Table.Td visibleFrom="sm">
        <Text component="span" c={account.has_totp ? undefined : 'dimmed'}>
          {t(account.has_totp ? 'accounts.factorOn' : 'accounts.factorOff')}
        </Text>
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {account.last_seen_at === null ? (
          <Text component="span" c="dimmed">
            {t('accounts.never')}
          </Text>
        ) : (
          <Time at={account.last_seen_at} style="relative" />
        )}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <State account={account} />
      </Table.Td>
      <Table.Td>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon aria-label={t('accounts.more', { name: account.display_name })}>
              <Ellipsis size={18} aria-hidden="true" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => act('role')}>{t('role.verb')}</Menu.Item>
            <Menu.Item onClick={() => act('link')}>{t('link.verb')}</Menu.Item>
            <Menu.Item onClick={() => act('switch')}>
              {t(account.disabled ? 'enable.verb' : 'disable.verb')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}

function State({ account }: { account: Account }) {
  const { t } = useTranslation('people');
  const state = account.disabled ? 'disabled' : account.has_password ? 'active' : 'invited';
  const look = {
    active: { color: 'teal', tone: 'good' },
    invited: { color: 'yellow', tone: 'warning' },
    disabled: { color: 'gray', tone: 'quiet' },
  }[state];
  return (
    <Badge className="tank-status" color={look.color} data-tone={look.tone}>
      {t(`states.${state}` as 'states.active')}
    </Badge>
  );
}
