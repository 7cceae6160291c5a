import { ActionIcon, Badge, Checkbox, Group, Paper, SimpleGrid, Stack, Text } from '@mantine/core';
import { CircleCheck, CircleX, Files, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import type { ProblemField } from '@/api/problem';
import { useFormat } from '@/lib/format';
import { CodeEditor } from '../code/code-editor';
import { useTemplateWords } from '../use-words';
import type { Rule } from './files-section';

interface RuleCardProps {
  number: number;
  rule: Rule;
  onChange: (rule: Rule) => void;
  remove: () => void;
  isReadOnly: boolean;
  trial: Schemas['RuleTrialView'] | undefined;
  problems: readonly ProblemField[];
}

/** One attachment rule, and how many recipients have their file by it. */
export function RuleCard({ number, rule, onChange, remove, isReadOnly, trial, problems }: RuleCardProps) {
  const { t } = useTranslation('editor');
  const words = useTemplateWords();
  const wrong = (name: string) => problems.find((one) => one.field.endsWith(name))?.message;
  return (
    <Paper withBorder p="md" component="fieldset" aria-label={t('files.rule', { number })}>
      <Group justify="space-between" align="flex-start" mb="xs" wrap="nowrap">
        <Text fw={600} style={{ whiteSpace: 'nowrap' }}>
          {t('files.rule', { number })}
        </Text>
        <Group gap="xs" wrap="nowrap" align="flex-start">
          {trial !== undefined && <Counts trial={trial} />}
          {!isReadOnly && (
            <ActionIcon aria-label={t('files.remove', { number })} onClick={remove}>
              <Trash2 size={16} aria-hidden="true" />
            </ActionIcon>
          )}
        </Group>
      </Group>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <CodeEditor
          label={t('files.pattern')}
          description={t('files.patternHint')}
          language="text"
          isSingleLine
          required
          value={rule.pattern}
          onChange={(pattern) => onChange({ ...rule, pattern })}
          words={words}
          error={wrong('pattern')}
          isReadOnly={isReadOnly}
          placeholder="/statement/{{ YYYYMM }}/{{ CUST_ID }}_*.pdf"
        />
        <CodeEditor
          label={t('files.name')}
          description={t('files.nameHint')}
          language="text"
          isSingleLine
          value={rule.file_name}
          onChange={(file_name) => onChange({ ...rule, file_name })}
          words={words}
          error={wrong('file_name')}
          isReadOnly={isReadOnly}
          placeholder={t('files.nameExample')}
        />
      </SimpleGrid>
      <Stack gap={8} mt="sm">
        <Checkbox
          label={t('files.required')}
          description={rule.required ? t('files.requiredOn') : t('files.requiredOff')}
          checked={rule.required}
          onChange={(event) => onChange({ ...rule, required: event.currentTarget.checked })}
          disabled={isReadOnly}
        />
        <Checkbox
          label={t('files.shared')}
          description={rule.shared ? t('files.sharedOn') : t('files.sharedOff')}
          checked={rule.shared}
          onChange={(event) => onChange({ ...rule, shared: event.currentTarget.checked })}
          disabled={isReadOnly}
        />
      </Stack>
    </Paper>
  );
}

function Counts({ trial }: { trial: Schemas['RuleTrialView'] }) {
  const { t } = useTranslation('editor');
  const format = useFormat();
  const bad = trial.not_found + trial.refused;
  return (
    <Group gap={6} aria-live="polite" justify="flex-end">
      <Badge
        color="teal"
        className="tank-status"
        data-tone="good"
        leftSection={<CircleCheck size={13} aria-hidden="true" />}
      >
        {t('files.found', { count: trial.found, shown: format.number(trial.found) })}
      </Badge>
      {bad > 0 && (
        <Badge
          color="red"
          className="tank-status"
          data-tone="bad"
          leftSection={<CircleX size={13} aria-hidden="true" />}
        >
          {t('files.notFound', { count: bad, shown: format.number(bad) })}
        </Badge>
      )}
      {trial.ambiguous > 0 && (
        <Badge
          color="yellow"
          className="tank-status"
          data-tone="warning"
          leftSection={<Files size={13} aria-hidden="true" />}
        >
          {t('files.ambiguous', { count: trial.ambiguous, shown: format.number(trial.ambiguous) })}
        </Badge>
      )}
    </Group>
  );
}
