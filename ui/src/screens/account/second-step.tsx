import { Badge, Button, Group } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Section } from '@/components/section';

const SecondStepDialog = lazy(() => import('./second-step-dialog'));

/** The six digits of an authenticator app, asked for beside the password. */
export function SecondStep({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation('account');
  const [isOpen, setOpen] = useState(false);
  return (
    <Section title={t('factor.title')} text={t('factor.text')}>
      <Group gap="sm">
        <Badge className="tank-status" color={isOn ? 'teal' : 'gray'} data-tone={isOn ? 'good' : 'quiet'}>
          {t(isOn ? 'factor.on' : 'factor.off')}
        </Badge>
        <Button variant="default" size="xs" onClick={() => setOpen(true)}>
          {t(isOn ? 'factor.remove' : 'factor.add')}
        </Button>
      </Group>
      {isOpen && (
        <Suspense>
          <SecondStepDialog isOn={isOn} close={() => setOpen(false)} />
        </Suspense>
      )}
    </Section>
  );
}
