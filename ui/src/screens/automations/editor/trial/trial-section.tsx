import { Alert, Skeleton } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { hasDraft } from '@/lib/drafts';
import { useEdited } from '../automation-context';
import { Section } from '../section';
import { DryRunCard } from './dry-run-card';

const TestSendForm = lazy(async () => ({ default: (await import('./test-send-form')).TestSendForm }));

/** Trying it out: a mail to oneself, and a look at what a run would do. */
export function TrialSection() {
  const { t } = useTranslation('editor');
  const { id } = useEdited();
  const isOperator = useMay('operator');
  if (!isOperator)
    return (
      <Alert color="gray" icon={<CircleAlert size={18} aria-hidden="true" />}>
        {t('trial.notAllowed')}
      </Alert>
    );
  return (
    <>
      {hasDraft(`automation/${id}/`) && (
        <Alert color="yellow" mb="md" icon={<CircleAlert size={18} aria-hidden="true" />}>
          {t('unsavedParts')}
        </Alert>
      )}
      <Section title={t('trial.send.title')} text={t('trial.send.text')}>
        <Suspense fallback={<Skeleton height={110} />}>
          <TestSendForm />
        </Suspense>
      </Section>
      <DryRunCard />
    </>
  );
}
