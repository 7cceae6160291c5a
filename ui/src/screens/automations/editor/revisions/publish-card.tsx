import { Alert, Button, Group, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { hasDraft } from '@/lib/drafts';
import { useAutomationActions } from '../../actions';
import { useEdited } from '../automation-context';
import { Readiness } from '../overview/readiness';
import { Section } from '../section';

/** Makes the draft what later runs send. */
export function PublishCard() {
  const { t } = useTranslation('editor');
  const automation = useEdited();
  const isOperator = useMay('operator');
  const { publish } = useAutomationActions();
  const [note, setNote] = useState('');
  const publishing = useMutation({
    mutationFn: () => publish(automation.id, note.trim(), automation.draft_version),
    onSuccess: (revision) => {
      setNote('');
      notifyDone(t('revisions.published', { number: revision.number }));
    },
    meta: { problem: 'inline' },
  });
  if (!automation.draft_differs || !isOperator) return <Readiness />;
  return (
    <>
      <Readiness />
      <Section title={t('revisions.publish')} text={t('revisions.publishText')}>
        {hasDraft(`automation/${automation.id}/`) && (
          <Alert color="yellow" mb="sm" icon={<CircleAlert size={18} aria-hidden="true" />}>
            {t('unsavedParts')}
          </Alert>
        )}
        <Textarea
          label={t('revisions.note')}
          description={t('revisions.noteHint')}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={2000}
          maw={640}
        />
        {publishing.error !== null && <ProblemAlert error={publishing.error} />}
        <Group mt="sm">
          <Button onClick={() => publishing.mutate()} loading={publishing.isPending}>
            {t('revisions.publishVerb')}
          </Button>
        </Group>
      </Section>
    </>
  );
}
