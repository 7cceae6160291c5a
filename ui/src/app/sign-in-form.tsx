import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { type Session, signIn } from '@/api/session';
import { PasswordInput } from '@/components/password-input';
import { ProblemAlert } from '@/components/problem-alert';
import { keepComposingEnter } from '@/lib/ime';

interface SignInFormProps {
  /** Who signs in again; a new person types it. */
  account?: string;
  onSignedIn: (session: Session) => void;
  /** Beneath the button. */
  children?: ReactNode;
}

/** Account and password, and the six digits once the server asks for them. */
export function SignInForm({ account: fixed, onSignedIn, children }: SignInFormProps) {
  const { t } = useTranslation('sign-in');
  const [account, setAccount] = useState(fixed ?? '');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const codeInput = useRef<HTMLInputElement>(null);

  const signingIn = useMutation({
    mutationFn: () => signIn({ account: account.trim(), password, ...(code === null ? {} : { code }) }),
    meta: { problem: 'inline' },
    onSuccess: onSignedIn,
    onError: (error) => {
      if (!(error instanceof Problem)) return;
      if (error.code === 'code_required') setCode('');
      if (error.code === 'wrong_code') {
        setCode('');
        codeInput.current?.focus();
      }
    },
  });

  const isReady = account.trim() !== '' && password !== '' && code?.length !== 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !signingIn.isPending) signingIn.mutate();
  };
  const isAskedForCode = signingIn.error instanceof Problem && signingIn.error.code === 'code_required';

  return (
    <form onSubmit={submit} onKeyDown={keepComposingEnter}>
      <Stack gap="md" mt="lg">
        <TextInput
          label={t('account')}
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
          readOnly={fixed !== undefined}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          withAsterisk={false}
          autoFocus={fixed === undefined}
        />
        <PasswordInput
          label={t('password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus
          autoFocus={fixed !== undefined}
        />
        {code !== null && (
          <TextInput
            ref={codeInput}
            label={t('code')}
            description={t('codeFrom')}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value.replaceAll(/\D/g, '').slice(0, 6))}
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            withAsterisk={false}
            autoFocus
          />
        )}
        {signingIn.error !== null && !isAskedForCode && <ProblemAlert error={signingIn.error} />}
        {isAskedForCode && (
          <Text size="sm" role="status">
            {t('codeRequired')}
          </Text>
        )}
        <Button type="submit" loading={signingIn.isPending} fullWidth size="md">
          {t('signIn')}
        </Button>
        {children}
      </Stack>
    </form>
  );
}
