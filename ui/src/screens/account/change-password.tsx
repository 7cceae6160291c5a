import { Button, Group, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { notifyDone } from '@/components/notify';
import { PasswordInput } from '@/components/password-input';
import { ProblemAlert } from '@/components/problem-alert';
import { Section } from '@/components/section';
import { keepComposingEnter } from '@/lib/ime';

const SHORTEST = 12;
const LONGEST = 200;
const NOTHING = { current: '', next: '', repeated: '' };

export function ChangePassword({ account }: { account: string }) {
  const { t } = useTranslation('account');
  const [typed, setTyped] = useState(NOTHING);
  const changing = useMutation({
    mutationFn: () =>
      data(api.PUT('/session/password', { body: { current: typed.current, new: typed.next } })),
    meta: { problem: 'inline' },
    onSuccess: () => {
      setTyped(NOTHING);
      notifyDone(t('password.done'));
    },
  });
  const isLong = typed.next.length >= SHORTEST;
  const isSame = typed.next === typed.repeated;
  const isReady = typed.current !== '' && isLong && isSame;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !changing.isPending) changing.mutate();
  };
  const field = (name: keyof typeof NOTHING) => ({
    value: typed[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      setTyped({ ...typed, [name]: event.currentTarget.value }),
    maxLength: LONGEST,
  });
  return (
    <Section title={t('password.title')} text={t('password.text')}>
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="sm" maw={400}>
          {/* Whoever keeps passwords wants to know whose it is. */}
          <input type="hidden" name="username" autoComplete="username" value={account} readOnly />
          <PasswordInput
            label={t('password.current')}
            autoComplete="current-password"
            {...field('current')}
          />
          <PasswordInput
            label={t('password.next')}
            description={t('password.hint', { least: SHORTEST })}
            autoComplete="new-password"
            error={typed.next !== '' && !isLong ? t('password.short', { least: SHORTEST }) : undefined}
            {...field('next')}
          />
          <PasswordInput
            label={t('password.repeat')}
            autoComplete="new-password"
            error={typed.repeated !== '' && !isSame ? t('password.notSame') : undefined}
            {...field('repeated')}
          />
          {changing.error !== null && <ProblemAlert error={changing.error} />}
          <Group>
            <Button type="submit" disabled={!isReady} loading={changing.isPending}>
              {t('password.verb')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}
