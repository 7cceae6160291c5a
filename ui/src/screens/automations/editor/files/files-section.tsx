import { Button, Group, Stack, Text } from '@mantine/core';
import { Paperclip, Plus } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import type { FullDefinition } from '../automation-context';
import { PartBar } from '../part-bar';
import { Section } from '../section';
import { usePart, useSaveKey } from '../use-part';
import { RuleCard } from './rule-card';
import { useTrial } from './use-trial';

const TrialPane = lazy(async () => ({ default: (await import('./trial-pane')).TrialPane }));

export type Rule = Schemas['AttachmentRule'];

const pick = ({ attachments }: FullDefinition): Rule[] => attachments;
const NEW_RULE: Rule = { pattern: '', required: true, shared: false, file_name: '' };

/** Which files each recipient gets, and whether they are there. */
export function FilesSection() {
  const { t } = useTranslation('editor');
  const isReadOnly = !useMay('operator');
  const part = usePart<Rule[]>({
    name: 'attachments',
    pick,
    send: (id, rules, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/attachments', {
          params: { path: { automation_id: id } },
          body: { rules, draft_version },
        }),
      ),
  });
  useSaveKey(() => {
    if (part.isDirty) void part.save();
  });
  const trial = useTrial(part.value);
  const rules = part.value;
  const change = (index: number, rule: Rule) => part.set(rules.map((one, at) => (at === index ? rule : one)));
  const add = (
    <Button
      variant="default"
      size="xs"
      leftSection={<Plus size={14} aria-hidden="true" />}
      onClick={() => part.set([...rules, NEW_RULE])}
    >
      {t('files.add')}
    </Button>
  );
  return (
    <Section title={t('files.title')} text={t('files.text')}>
      {rules.length === 0 ? (
        <EmptyState title={t('files.none')} icon={Paperclip} action={!isReadOnly && add}>
          {t('files.noneText')}
        </EmptyState>
      ) : (
        <Stack gap="md">
          {rules.map((rule, index) => (
            <RuleCard
              // biome-ignore lint/suspicious/noArrayIndexKey: rules are told apart by their order.
              key={index}
              number={index + 1}
              rule={rule}
              onChange={(next) => change(index, next)}
              remove={() => part.set(rules.filter((_, at) => at !== index))}
              isReadOnly={isReadOnly}
              trial={trial.report?.rules[index]}
              problems={
                part.problem?.fields.filter((one) => one.field.startsWith(`attachments.${index}`)) ?? []
              }
            />
          ))}
          {!isReadOnly && <Group>{add}</Group>}
          <Suspense>
            <TrialPane trial={trial} />
          </Suspense>
        </Stack>
      )}
      {part.isDirty && rules.length === 0 && <Text size="sm">{t('files.removedAll')}</Text>}
      <PartBar part={part} />
    </Section>
  );
}
