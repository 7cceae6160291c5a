import { Alert, Button, Group, Kbd, List, Text } from '@mantine/core';
import { CircleAlert, CircleCheck, PencilLine } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProblemField } from '@/api/problem';
import { useMay } from '@/app/session';
import { ProblemAlert } from '@/components/problem-alert';
import classes from './part-bar.module.css';
import type { Part } from './use-part';

const ConflictDialog = lazy(() => import('./conflict-dialog'));

interface PartBarProps<T> {
  part: Part<T>;
  /** The verb on the button; "Save" by default. */
  verb?: string;
  /** What the value says, by heading: for choosing between two people's versions. */
  texts?: (value: T) => Record<string, string>;
  /** The problem is shown elsewhere. */
  withoutProblem?: boolean;
  /** It can be saved although nothing was typed: saving tests it, too. */
  canAlways?: boolean;
}

/** Whether a part is saved, and the way to save it. */
export function PartBar<T>({ part, verb, texts, withoutProblem, canAlways = false }: PartBarProps<T>) {
  const { t } = useTranslation(['editor', 'common']);
  const isOperator = useMay('operator');
  if (!isOperator) return null;
  return (
    <div>
      {!withoutProblem && part.problem !== null && <ProblemAlert error={part.problem} />}
      <Warnings warnings={part.warnings} />
      <Group className={classes.bar} gap="sm" data-dirty={part.isDirty || undefined}>
        <Text size="sm" c={part.isDirty ? undefined : 'dimmed'} className={classes.state} component="div">
          {part.isDirty ? (
            <PencilLine size={15} aria-hidden="true" />
          ) : (
            <CircleCheck size={15} aria-hidden="true" />
          )}
          <span>{!part.isDirty ? t('allSaved') : part.isRestored ? t('restored') : t('notSaved')}</span>
        </Text>
        {part.isDirty && (
          <Button variant="subtle" color="gray" size="xs" onClick={part.discard}>
            {t('discard')}
          </Button>
        )}
        <Button
          size="xs"
          variant={part.isDirty || canAlways ? 'filled' : 'default'}
          disabled={!part.isDirty && !canAlways}
          loading={part.isSaving}
          onClick={() => void part.save()}
          rightSection={<SaveKey />}
        >
          {verb ?? t('common:save')}
        </Button>
      </Group>
      {part.isOutdated && part.isDirty && !part.isConflicting && (
        <Alert color="yellow" mt="xs" icon={<CircleAlert size={18} aria-hidden="true" />}>
          {t('conflict.notice')}
        </Alert>
      )}
      {part.isConflicting && (
        <Suspense>
          <ConflictDialog
            part={part as Part<unknown>}
            texts={texts as (value: unknown) => Record<string, string>}
          />
        </Suspense>
      )}
    </div>
  );
}

function SaveKey() {
  const isMac = navigator.userAgent.includes('Mac');
  return (
    <Kbd size="xs" visibleFrom="sm" aria-hidden="true" className={classes.key}>
      {isMac ? '⌘S' : 'Ctrl S'}
    </Kbd>
  );
}

export function Warnings({ warnings }: { warnings: readonly ProblemField[] }) {
  const { t } = useTranslation('editor');
  if (warnings.length === 0) return null;
  return (
    <Alert
      color="yellow"
      mb="xs"
      icon={<CircleAlert size={18} aria-hidden="true" />}
      title={t('warnings', { count: warnings.length })}
    >
      <List size="sm">
        {warnings.map((one) => (
          <List.Item key={`${one.field}/${one.code}/${one.message}`}>
            {one.line != null && `${t('line', { line: one.line })}: `}
            {one.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
