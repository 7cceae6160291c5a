import { Alert, Button, Code, Divider, Loader, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { FlaskConical, KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { Problem } from '@/api/problem';
import { readHints, type SignInHints, signIn } from '@/api/session';
import { Outside } from '@/app/outside';
import { SignInForm } from '@/app/sign-in-form';
import { ProblemAlert } from '@/components/problem-alert';

/** A path within these screens and nothing else, whatever a link to the sign-in page says. */
function screenWithin(next: string | undefined): string {
  return next !== undefined && /^\/(?![/\\])/.test(next) ? next : '/';
}

export function SignInScreen() {
  const { t } = useTranslation('sign-in');
  const router = useRouter();
  const { next, problem, detail } = useSearch({ from: '/sign-in' });
  const hints = useQuery({ queryKey: keys.session.part('hints', 'sign-in'), queryFn: readHints });

  const goOn = () => router.history.push(router.basepath + screenWithin(next));

  if (hints.data?.needs_setup) return <FirstStart />;
  return (
    <Outside title={t('title')} text={t('text')}>
      {problem !== undefined && (
        <div style={{ marginTop: 16 }}>
          <ProblemAlert error={new Problem({ status: 401, code: problem, detail: detail ?? problem })} />
        </div>
      )}
      <SignInForm onSignedIn={goOn}>
        {hints.data?.single_sign_on && <SingleSignOn {...hints.data.single_sign_on} />}
      </SignInForm>
      {hints.data?.demo && <DemoCredentials {...hints.data.demo} onSignedIn={goOn} />}
      {hints.isPending && <Loader mx="auto" mt="md" size="sm" aria-label={t('loading')} />}
      {hints.error !== null && (
        <div style={{ marginTop: 16 }}>
          <ProblemAlert error={hints.error} retry={() => void hints.refetch()} />
        </div>
      )}
    </Outside>
  );
}

function SingleSignOn({ name, url }: NonNullable<SignInHints['single_sign_on']>) {
  const { t } = useTranslation('sign-in');
  return (
    <>
      <Divider label={t('or')} />
      <Button
        component="a"
        href={url}
        variant="default"
        leftSection={<KeyRound size={16} aria-hidden="true" />}
      >
        {t('with', { name })}
      </Button>
    </>
  );
}

interface DemoCredentialsProps {
  account: string;
  password: string;
  onSignedIn: () => void;
}

function DemoCredentials({ account, password, onSignedIn }: DemoCredentialsProps) {
  const { t } = useTranslation('sign-in');
  const signingIn = useMutation({ mutationFn: () => signIn({ account, password }), onSuccess: onSignedIn });
  return (
    <Alert
      color="petrol"
      mt="lg"
      icon={<FlaskConical size={18} aria-hidden="true" />}
      title={t('demo.title')}
    >
      <Text>
        {t('account')}: <Code>{account}</Code>
        <br />
        {t('password')}: <Code>{password}</Code>
      </Text>
      <Button
        size="xs"
        variant="default"
        mt="xs"
        onClick={() => signingIn.mutate()}
        loading={signingIn.isPending}
      >
        {t('demo.signIn')}
      </Button>
    </Alert>
  );
}

/** Nobody has an account yet: how to make the first one. */
function FirstStart() {
  const { t } = useTranslation('sign-in');
  return (
    <Outside title={t('setup.title')} text={t('setup.text')}>
      <ol style={{ paddingInlineStart: '1.2em', margin: '20px 0 0', lineHeight: 1.7 }}>
        <li>{t('setup.link')}</li>
        <li>
          {t('setup.command')}
          <Code block mt={6}>
            tank user add
          </Code>
        </li>
      </ol>
      <Button mt="lg" variant="default" fullWidth onClick={() => location.reload()}>
        {t('setup.done')}
      </Button>
    </Outside>
  );
}
