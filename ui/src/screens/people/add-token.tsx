import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import type { Role } from '@/api/session';
import { CopyOnce } from '@/components/copy-once';
import { FormDialog } from '@/components/form-dialog';
import { RoleChoice } from '@/components/role-choice';
import { ShownOnce } from '@/components/shown-once';

const MOST_DAYS = 365;
const USUAL_DAYS = 90;

function dayAfter(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** A token for a program, shown once. */
export default function AddToken({ close }: { close: () => void }) {
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
  if (adding.data !== undefined)
    return (
      <ShownOnce title={t('tokens.add')} close={close}>
        <CopyOnce value={adding.data.token} title={t('tokens.once')}>
          {t('tokens.onceText')}
        </CopyOnce>
      </ShownOnce>
    );
  return (
    <FormDialog
      title={t('tokens.add')}
      close={close}
      submit={() =>
        adding.mutate({ name: name.trim(), role, expires_at: new Date(`${day}T00:00:00`).toISOString() })
      }
      verb={t('tokens.make')}
      isPending={adding.isPending}
      error={adding.error}
    >
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
    </FormDialog>
  );
}
