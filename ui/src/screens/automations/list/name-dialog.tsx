import { Button, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '@/api/problem';
import { ProblemAlert } from '@/components/problem-alert';
import { keepComposingEnter } from '@/lib/ime';

interface NameDialogProps {
  title: string;
  text?: string;
  verb: string;
  name?: string;
  description?: string;
  /** The description is asked for too. */
  withDescription?: boolean;
  act: (name: string, description: string) => Promise<unknown>;
  close: () => void;
}

/** Asks what an automation is to be called. */
export function NameDialog(props: NameDialogProps) {
  const { t } = useTranslation(['automations', 'common']);
  const [name, setName] = useState(props.name ?? '');
  const [description, setDescription] = useState(props.description ?? '');
  const acting = useMutation({
    mutationFn: () => props.act(name.trim(), description.trim()),
    onSuccess: props.close,
    meta: { problem: 'inline' },
  });
  const problem = acting.error === null ? null : asProblem(acting.error);
  const isTaken = problem?.status === 409;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '' && !acting.isPending) acting.mutate();
  };
  return (
    <Modal
      opened
      onClose={props.close}
      title={props.title}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="md">
          {props.text !== undefined && <Text c="dimmed">{props.text}</Text>}
          <TextInput
            label={t('fields.name')}
            placeholder={t('fields.nameExample')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            maxLength={200}
            error={isTaken ? t('fields.nameTaken') : problem?.field('name')}
            required
            data-autofocus
          />
          {props.withDescription && (
            <Textarea
              label={t('fields.description')}
              description={t('fields.descriptionHint')}
              value={description}
              onChange={(event) => setDescription(event.currentTarget.value)}
              maxLength={2000}
            />
          )}
          {problem !== null && !isTaken && <ProblemAlert error={problem} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={props.close}>
              {t('common:cancel')}
            </Button>
            <Button type="submit" disabled={name.trim() === ''} loading={acting.isPending}>
              {props.verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
