import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { Check } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { AnchorLink } from '@/components/links';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { ScreenSkeleton } from '@/components/skeletons';
import { readAutomation } from '../actions';
import { AutomationContext, edited } from '../editor/automation-context';

import classes from './wizard.module.css';

const StartStep = lazy(async () => ({ default: (await import('./start-step')).StartStep }));
const QueryStep = lazy(async () => ({ default: (await import('./query-step')).QueryStep }));
const MailStep = lazy(async () => ({ default: (await import('./mail-step')).MailStep }));
const SendStep = lazy(async () => ({ default: (await import('./send-step')).SendStep }));

export const STEPS = ['start', 'query', 'mail', 'send'] as const;
export type Step = (typeof STEPS)[number];

/** From nothing to a test mail, step by step. What is made on the way is an ordinary automation. */
export function WizardScreen() {
  // Every namespace of the page at once: one that is fetched later would hide the page meanwhile.
  const { t } = useTranslation(['wizard', 'shell', 'editor', 'automations']);
  const { id, step } = useSearch({ from: '/inside/automations/new' });
  const isOperator = useMay('operator');
  const current: Step = id === undefined ? 'start' : (STEPS.find((one) => one === step) ?? 'query');
  return (
    <Page
      title={t('title')}
      description={t('text')}
      above={<AnchorLink to="/automations">{t('shell:screens.automations')}</AnchorLink>}
    >
      <Steps current={current} id={id} />
      {!isOperator ? (
        <p>{t('notAllowed')}</p>
      ) : id === undefined ? (
        <Suspense fallback={<ScreenSkeleton />}>
          <StartStep />
        </Suspense>
      ) : (
        <Begun id={id} step={current} />
      )}
    </Page>
  );
}

function Begun({ id, step }: { id: string; step: Step }) {
  const query = useQuery({
    queryKey: keys.automation.one(id),
    queryFn: ({ signal }) => readAutomation(id, signal),
  });
  if (query.error !== null && query.data === undefined)
    return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <ScreenSkeleton />;
  return (
    <AutomationContext value={edited(query.data)} key={`${id}/${step}`}>
      <Suspense fallback={<ScreenSkeleton />}>
        {step === 'mail' ? <MailStep /> : step === 'send' ? <SendStep /> : <QueryStep />}
      </Suspense>
    </AutomationContext>
  );
}

function Steps({ current, id }: { current: Step; id: string | undefined }) {
  const { t } = useTranslation('wizard');
  const at = STEPS.indexOf(current);
  return (
    <ol className={classes.steps} aria-label={t('steps.label')}>
      {STEPS.map((step, index) => {
        const inside = (
          <>
            <span className={classes.number} aria-hidden="true">
              {index < at ? <Check size={14} strokeWidth={3} /> : index + 1}
            </span>
            <span>{t(`steps.${step}`)}</span>
          </>
        );
        const isDone = index < at && id !== undefined && step !== 'start';
        return (
          <li key={step} data-state={index < at ? 'done' : index === at ? 'current' : 'later'}>
            {isDone ? (
              <Link to="/automations/new" search={{ id, step }} className={classes.step}>
                {inside}
              </Link>
            ) : (
              <span className={classes.step} aria-current={index === at ? 'step' : undefined}>
                {inside}
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
