import { Group, Text } from '@mantine/core';
import { CalendarClock, SquarePen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '@/components/links';
import { useEdited } from '../editor/automation-context';
import { Section } from '../editor/section';
import { TestSendForm } from '../editor/trial/test-send-form';
import { Foot } from './foot';

/** A first mail to oneself, and where to go from here. */
export function SendStep() {
  const { t } = useTranslation(['wizard', 'editor']);
  const { id } = useEdited();
  const [isSent, setSent] = useState(false);
  return (
    <>
      <Section title={t('editor:trial.send.title')} text={t('editor:trial.send.text')}>
        <TestSendForm onSent={() => setSent(true)} />
      </Section>
      {isSent && (
        <Section title={t('send.done')}>
          <Text mb="md">{t('send.next')}</Text>
          <Group gap="xs">
            <ButtonLink
              to="/automations/$id/schedule"
              params={{ id }}
              leftSection={<CalendarClock size={16} aria-hidden="true" />}
            >
              {t('send.schedule')}
            </ButtonLink>
            <ButtonLink
              to="/automations/$id"
              params={{ id }}
              variant="default"
              leftSection={<SquarePen size={16} aria-hidden="true" />}
            >
              {t('send.editor')}
            </ButtonLink>
          </Group>
        </Section>
      )}
      {!isSent && <Foot id={id} section="try" />}
    </>
  );
}
