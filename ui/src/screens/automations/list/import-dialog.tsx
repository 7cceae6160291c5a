import {
  Button,
  Checkbox,
  FileButton,
  Group,
  List,
  Modal,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { FileUp } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem, type Problem } from '@/api/problem';
import { ProblemAlert } from '@/components/problem-alert';
import { keepComposingEnter } from '@/lib/ime';
import { type Saved, useAutomationActions } from '../actions';

interface ImportDialogProps {
  done: (saved: Saved) => void;
  close: () => void;
}

/** An automation from a YAML file, chosen or pasted; its defects are told with their line. */
export function ImportDialog({ done, close }: ImportDialogProps) {
  const { t } = useTranslation(['automations', 'common']);
  const { takeIn } = useAutomationActions();
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [isReplacing, setReplacing] = useState(false);
  const acting = useMutation({
    mutationFn: () => takeIn(text, name.trim() === '' ? null : name.trim(), isReplacing),
    onSuccess: done,
    meta: { problem: 'inline' },
  });
  const read = (file: File | null) => {
    void file?.text().then(setText);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '' && !acting.isPending) acting.mutate();
  };
  return (
    <Modal
      opened
      onClose={close}
      size="lg"
      title={t('import.title')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="md">
          <Text c="dimmed">{t('import.text')}</Text>
          <Group>
            <FileButton accept=".yaml,.yml,application/yaml,text/yaml" onChange={read}>
              {(button) => (
                <Button
                  {...button}
                  variant="default"
                  leftSection={<FileUp size={16} aria-hidden="true" />}
                  data-autofocus
                >
                  {t('import.choose')}
                </Button>
              )}
            </FileButton>
          </Group>
          <Textarea
            label={t('import.content')}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            minRows={6}
            maxRows={14}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            spellCheck={false}
          />
          <TextInput
            label={t('import.name')}
            description={t('import.nameHint')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={200}
          />
          <Checkbox
            label={t('import.replace')}
            description={t('import.replaceHint')}
            checked={isReplacing}
            onChange={(event) => setReplacing(event.currentTarget.checked)}
          />
          {acting.error !== null && <ImportProblem problem={asProblem(acting.error)} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" disabled={text.trim() === ''} loading={acting.isPending}>
              {t('import.verb')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function ImportProblem({ problem }: { problem: Problem }) {
  const { t } = useTranslation('automations');
  const lines = problem.fields.filter((one) => one.line != null);
  return (
    <>
      <ProblemAlert error={problem} withoutFields={lines.length > 0} />
      {lines.length > 0 && (
        <List size="sm">
          {lines.map((one) => (
            <List.Item key={`${one.line}/${one.field}/${one.code}`}>
              {t('import.line', { line: one.line ?? 0 })}: {one.message}
            </List.Item>
          ))}
        </List>
      )}
    </>
  );
}
