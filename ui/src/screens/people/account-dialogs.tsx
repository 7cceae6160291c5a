import { Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import type { Role } from '@/api/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { CopyOnce } from '@/components/copy-once';
import { FormDialog } from '@/components/form-dialog';
import { notifyDone } from '@/components/notify';
import { RoleChoice } from '@/components/role-choice';
import { ShownOnce } from '@/components/shown-once';
import { Time } from '@/components/time';
import {
  type Account,
  type NewLink,
  useAddAccount,
  useChangeAccount,
  useNewLink,
  welcomeAddress,
} from './use-people';

export type AccountDialogOpen = { what: 'add' } | { what: 'role' | 'link' | 'switch'; account: Account };

/** Whatever is done about accounts; loaded when it is first asked for. */
export default function AccountDialogs({ open, close }: { open: AccountDialogOpen; close: () => void }) {
  switch (open.what) {
    case 'add':
      return <AddAccount close={close} />;
    case 'role':
      return <ChangeRole account={open.account} close={close} />;
    case 'link':
      return <Help account={open.account} close={close} />;
    case 'switch':
      return <Switch account={open.account} close={close} />;
  }
}

interface DialogProps {
  account: Account;
  close: () => void;
}

/** Somebody new: their name and role, then the link that they set their password with. */
function AddAccount({ close }: { close: () => void }) {
  const { t } = useTranslation(['people', 'common']);
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [role, setRole] = useState<Role>('operator');
  const adding = useAddAccount();
  const problem = adding.error instanceof Problem ? adding.error : null;
  if (adding.data !== undefined)
    return <LinkShown title={t('accounts.added')} link={adding.data} close={close} />;
  return (
    <FormDialog
      title={t('accounts.add')}
      close={close}
      submit={() =>
        adding.mutate({ name: name.trim(), display_name: displayName.trim() || name.trim(), role })
      }
      verb={t('add', { ns: 'common' })}
      isPending={adding.isPending}
      error={adding.error}
    >
      <TextInput
        label={t('accounts.displayName')}
        value={displayName}
        onChange={(event) => setDisplayName(event.currentTarget.value)}
        error={problem?.field('display_name')}
        maxLength={100}
        autoComplete="off"
        data-autofocus
      />
      <TextInput
        label={t('accounts.name')}
        description={t('accounts.nameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problem?.field('name')}
        maxLength={80}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        required
        withAsterisk={false}
      />
      <RoleChoice label={t('accounts.role')} value={role} onChange={setRole} />
    </FormDialog>
  );
}

function ChangeRole({ account, close }: DialogProps) {
  const { t } = useTranslation(['people', 'common']);
  const [role, setRole] = useState<Role>(account.role);
  const changing = useChangeAccount(account.id);
  const submit = () =>
    changing.mutate(
      { role },
      {
        onSuccess: () => {
          notifyDone(t('saved', { ns: 'common' }));
          close();
        },
      },
    );
  return (
    <FormDialog
      title={t('role.title', { name: account.display_name })}
      close={close}
      submit={submit}
      verb={t('save', { ns: 'common' })}
      isPending={changing.isPending}
      isDisabled={role === account.role}
      error={changing.error}
    >
      <RoleChoice label={t('accounts.role')} value={role} onChange={setRole} />
    </FormDialog>
  );
}

/** A new link, for a forgotten password or a lost phone. */
function Help({ account, close }: DialogProps) {
  const { t } = useTranslation('people');
  const making = useNewLink(account.id);
  const title = t('link.title', { name: account.display_name });
  if (making.data !== undefined) return <LinkShown title={title} link={making.data} close={close} />;
  return (
    <FormDialog
      title={title}
      close={close}
      submit={() => making.mutate()}
      verb={t('link.verb')}
      isPending={making.isPending}
      error={making.error}
    >
      <Text>{t('link.text')}</Text>
    </FormDialog>
  );
}

function Switch({ account, close }: DialogProps) {
  const { t } = useTranslation('people');
  const changing = useChangeAccount(account.id);
  const way = account.disabled ? 'enable' : 'disable';
  return (
    <ConfirmDialog
      title={t(`${way}.title`, { name: account.display_name })}
      verb={t(`${way}.verb`)}
      isDangerous={!account.disabled}
      act={() => changing.mutateAsync({ disabled: !account.disabled })}
      close={close}
    >
      {t(`${way}.text`)}
    </ConfirmDialog>
  );
}

function LinkShown({ title, link, close }: { title: string; link: NewLink; close: () => void }) {
  const { t } = useTranslation('people');
  return (
    <ShownOnce title={title} close={close}>
      <CopyOnce value={welcomeAddress(link.link)} title={t('link.once')}>
        {t('link.pass', { name: link.account.display_name })} {t('link.until')} <Time at={link.valid_until} />
      </CopyOnce>
    </ShownOnce>
  );
}
