import { ActionIcon, Menu, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CircleUserRound, LogOut, UserRoundCog } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut } from '@/api/session';
import { useSession } from '../session';

/** `more`: further items, above the way out. */
export function AccountMenu({ more }: { more?: ReactNode }) {
  const { t } = useTranslation('shell');
  const session = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await navigate({ to: '/sign-in' });
      // Nothing that this person saw stays in memory for the next.
      client.clear();
    },
  });
  if (session === null) return null;
  const { account } = session;
  return (
    <Menu position="bottom-end" shadow="md" width={240}>
      <Menu.Target>
        <ActionIcon
          aria-label={t('account.menu', { name: account.display_name })}
          title={account.display_name}
        >
          <CircleUserRound size={20} strokeWidth={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label component="div">
          <Text fw={600} size="md" c="var(--mantine-color-text)">
            {account.display_name}
          </Text>
          <Text size="sm" c="dimmed">
            {account.name} · {t(`roles.${account.role}`)}
          </Text>
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item
          component={Link}
          to="/account"
          leftSection={<UserRoundCog size={16} strokeWidth={1.75} aria-hidden="true" />}
        >
          {t('account.own')}
        </Menu.Item>
        {more}
        <Menu.Item
          leftSection={<LogOut size={16} strokeWidth={1.75} aria-hidden="true" />}
          onClick={() => leaving.mutate()}
        >
          {t('account.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
