import { Button, Code, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { readSession } from '@/api/session';
import { notifyDone } from '@/components/notify';
import { PasswordInput } from '@/components/password-input';
import { ProblemAlert } from '@/components/problem-alert';
import { keepComposingEnter } from '@/lib/ime';

const QrCode = lazy(() => import('./qr-code'));

/** Switches the second step on, or off. */
export default function SecondStepDialog({ isOn, close }: { isOn: boolean; close: () => void }) {
  return isOn ? <Remove close={close} /> : <Add close={close} />;
}

function Add({ close }: { close: () => void }) {
  const { t } = useTranslation(['account', 'common']);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const offering = useMutation({
    mutationFn: () => data(api.POST('/session/totp', { body: { password } })),
    meta: { problem: 'inline' },
  });
  const confirming = useMutation({
    mutationFn: async () => {
      await data(api.PUT('/session/totp', { body: { code } }));
      await readSession();
    },
    meta: { problem: 'inline' },
    onSuccess: () => {
      notifyDone(t('factor.added'));
      close();
    },
    onError: () => setCode(''),
  });
  const offered = offering.data;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (offered === undefined) offering.mutate();
    else if (code.length === 6 && !confirming.isPending) confirming.mutate();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t('factor.add')}
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
    >
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="md">
          {offered === undefined ? (
            <>
              <Text>{t('factor.first')}</Text>
              <PasswordInput
                label={t('password.current')}
                value={password}
                onChange={(event) => setPassword(event.currentTarget.value)}
                autoComplete="current-password"
                data-autofocus
              />
              {offering.error !== null && <ProblemAlert error={offering.error} />}
            </>
          ) : (
            <>
              <Text>{t('factor.scan')}</Text>
              <Suspense fallback={<div style={{ height: 196 }} />}>
                <QrCode text={offered.uri} label={t('factor.code')} />
              </Suspense>
              <div>
                <Text size="sm">{t('factor.typed')}</Text>
                <Code style={{ overflowWrap: 'anywhere' }}>
                  {offered.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}
                </Code>
              </div>
              <TextInput
                label={t('factor.digits')}
                value={code}
                onChange={(event) => setCode(event.currentTarget.value.replaceAll(/\D/g, '').slice(0, 6))}
                inputMode="numeric"
                autoComplete="one-time-code"
                autoFocus
                maw={160}
              />
              {confirming.error !== null && <ProblemAlert error={confirming.error} />}
            </>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('cancel', { ns: 'common' })}
            </Button>
            <Button
              type="submit"
              loading={offering.isPending || confirming.isPending}
              disabled={offered === undefined ? password === '' : code.length !== 6}
            >
              {t(offered === undefined ? 'factor.next' : 'factor.confirm')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Remove({ close }: { close: () => void }) {
  const { t } = useTranslation(['account', 'common']);
  const [password, setPassword] = useState('');
  const removing = useMutation({
    mutationFn: async () => {
      await data(api.POST('/session/totp/remove', { body: { password } }));
      await readSession();
    },
    meta: { problem: 'inline' },
    onSuccess: () => {
      notifyDone(t('factor.removed'));
      close();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password !== '' && !removing.isPending) removing.mutate();
  };
  return (
    <Modal
      opened
      onClose={close}
      title={t('factor.remove')}
      closeButtonProps={{ 'aria-label': t('close', { ns: 'common' }) }}
    >
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="md">
          <Text>{t('factor.removeText')}</Text>
          <PasswordInput
            label={t('password.current')}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            data-autofocus
          />
          {removing.error !== null && <ProblemAlert error={removing.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('cancel', { ns: 'common' })}
            </Button>
            <Button type="submit" color="red.8" loading={removing.isPending} disabled={password === ''}>
              {t('factor.remove')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
