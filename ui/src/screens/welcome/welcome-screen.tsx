import { Anchor, Button, Loader, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { type OneTimeLink, readLink, redeemLink } from '@/api/session';
import { Outside } from '@/app/outside';
import { PasswordInput } from '@/components/password-input';
import { ProblemAlert } from '@/components/problem-alert';
import { Time } from '@/components/time';
import { keepComposingEnter } from '@/lib/ime';

const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 200;

/** Where a one-time link leads: the first administrator's account, or a new password. The link is in the fragment. */
export function WelcomeScreen() {
  const { t } = useTranslation('welcome');
  const [link] = useState(() => decodeURIComponent(location.hash.slice(1)));
  const found = useQuery({
    queryKey: keys.session.part('link', link),
    queryFn: () => readLink(link),
    enabled: link !== '',
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (link === '' || (found.error instanceof Problem && found.error.code === 'unknown_link'))
    return <UnknownLink />;
  if (found.error !== null) {
    return (
      <Outside title={t('title')}>
        <ProblemAlert error={found.error} retry={() => void found.refetch()} />
      </Outside>
    );
  }
  if (found.data === undefined) {
    return (
      <Outside title={t('title')}>
        <Loader mx="auto" my="lg" aria-label={t('checking')} />
      </Outside>
    );
  }
  return <Welcome link={link} about={found.data} />;
}

function UnknownLink() {
  const { t } = useTranslation('welcome');
  return (
    <Outside title={t('unknown.title')} text={t('unknown.text')}>
      <Anchor component={Link} to="/sign-in" mt="lg">
        {t('unknown.signIn')}
      </Anchor>
    </Outside>
  );
}

function Welcome({ link, about }: { link: string; about: OneTimeLink }) {
  const { t } = useTranslation('welcome');
  const navigate = useNavigate();
  const isFirst = about.purpose === 'first_admin';
  const [account, setAccount] = useState(about.account ?? '');
  const [displayName, setDisplayName] = useState('');
  const [password, setPassword] = useState('');
  const [repeated, setRepeated] = useState('');

  const using = useMutation({
    mutationFn: () =>
      redeemLink({
        link,
        password,
        ...(isFirst ? { account: account.trim(), display_name: displayName.trim() || account.trim() } : {}),
      }),
    meta: { problem: 'inline' },
    onSuccess: () => navigate({ to: '/', replace: true }),
  });

  const isLong = password.length >= SHORTEST_PASSWORD;
  const isSame = password === repeated;
  const isReady = isLong && isSame && (!isFirst || account.trim() !== '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !using.isPending) using.mutate();
  };

  return (
    <Outside
      title={t(isFirst ? 'first.title' : 'password.title')}
      text={t(isFirst ? 'first.text' : 'password.text')}
    >
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="md" mt="lg">
          <TextInput
            label={t('account')}
            description={isFirst ? t('accountHint') : undefined}
            value={account}
            onChange={(event) => setAccount(event.currentTarget.value)}
            readOnly={!isFirst || about.account !== null}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            autoFocus={isFirst}
          />
          {isFirst && (
            <TextInput
              label={t('displayName')}
              description={t('displayNameHint')}
              value={displayName}
              onChange={(event) => setDisplayName(event.currentTarget.value)}
              autoComplete="name"
            />
          )}
          <PasswordInput
            label={t('newPassword')}
            description={t('passwordHint', { least: SHORTEST_PASSWORD })}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={password !== '' && !isLong ? t('tooShort', { least: SHORTEST_PASSWORD }) : undefined}
            autoComplete="new-password"
            maxLength={LONGEST_PASSWORD}
            required
            withAsterisk={false}
            autoFocus={!isFirst}
          />
          <PasswordInput
            label={t('repeat')}
            value={repeated}
            onChange={(event) => setRepeated(event.currentTarget.value)}
            error={repeated !== '' && !isSame ? t('notSame') : undefined}
            autoComplete="new-password"
            maxLength={LONGEST_PASSWORD}
            required
            withAsterisk={false}
          />
          {using.error !== null && <ProblemAlert error={using.error} />}
          <Button type="submit" disabled={!isReady} loading={using.isPending} fullWidth size="md">
            {t(isFirst ? 'first.verb' : 'password.verb')}
          </Button>
          <Text size="sm" c="dimmed">
            {t('validUntil')} <Time at={about.valid_until} />
          </Text>
        </Stack>
      </form>
    </Outside>
  );
}
