import { Alert, Text } from '@mantine/core';
import { CirclePause, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Run } from './run-queries';

/** Why a run stands still or has stopped, in a plain sentence, and what to do about it. */
export function RunNotice({ run }: { run: Run }) {
  const { t } = useTranslation('causes');
  if (run.state !== 'PAUSED' && run.state !== 'FAIL' && run.state !== 'CANCELLED') return null;
  const code = run.reason_code as 'other';
  const why = t(`stops.${code}.why`, { defaultValue: '' });
  const todo = t(`stops.${code}.todo`, { defaultValue: t(`stops.other.todo`) });
  const isPaused = run.state === 'PAUSED';
  return (
    <Alert
      color={isPaused ? 'yellow' : run.state === 'FAIL' ? 'red' : 'gray'}
      icon={
        isPaused ? <CirclePause size={18} aria-hidden="true" /> : <CircleX size={18} aria-hidden="true" />
      }
      title={why === '' ? t(`stopped.${run.state}`) : why}
      styles={{ title: { fontSize: 'var(--mantine-font-size-md)', color: 'var(--mantine-color-text)' } }}
      role="status"
    >
      {run.reason !== '' && (
        <Text>
          {t('reason')}: {run.reason}
        </Text>
      )}
      {todo !== '' && <Text mt={4}>{todo}</Text>}
    </Alert>
  );
}
