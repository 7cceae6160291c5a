import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import type { Role } from '@/api/session';
import { CopyOnce } from '@/components/copy-once';
import { ProblemAlert } from '@/components/problem-alert';
import { RoleChoice } from '@/components/role-choice';
import { keepComposingEnter } from '@/lib/ime';

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
