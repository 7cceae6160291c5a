import { Button, Modal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { signInGate } from '@/api/gate';
import { useSession } from './session';
import { SignInForm } from './sign-in-form';

/**
 * Over the page, when the session has ended: everything typed stays where it is, and what was asked of the server
 * is asked again afterwards.
 */
export default function SignInAgain() {
  const { t } = useTranslation('sign-in');
  const session = useSession();

  const leave = () => {
    signInGate.abandon();
    const here = location.pathname.replace(/^\/app/, '') + location.search;
    location.assign(`/app/sign-in?next=${encodeURIComponent(here)}`);
  };

  return (
    <Modal
      opened
      onClose={() => {}}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t('again.title')}
      size="sm"
      zIndex={1000}
    >
      <Text c="dimmed">{t('again.text')}</Text>
      <SignInForm account={session?.account.name} onSignedIn={() => signInGate.open()}>
        <Button variant="subtle" color="gray" onClick={leave}>
          {t('again.leave')}
        </Button>
      </SignInForm>
    </Modal>
  );
}
