import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { keepComposingEnter } from '@/lib/ime';
import { ProblemAlert } from './problem-alert';

interface FormDialogProps {
  title: string;
  close: () => void;
  /** Not called while an earlier one is on its way. */
  submit: () => void;
  /** What the button says. */
  verb: string;
  isPending: boolean;
  isDisabled?: boolean;
  error: Error | null;
  /** Whether each problem with a field is shown at the field already. */
  withoutFields?: boolean;
  size?: string;
  /** Beside the buttons. */
  note?: string;
  children: ReactNode;
}

/** Something to fill in, over the page. A click beside it closes nothing: what was typed would be lost. */
export function FormDialog(props: FormDialogProps) {
  const { title, close, submit, verb, isPending, isDisabled = false, error, note } = props;
  const { t } = useTranslation();
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!isPending) submit();
  };
  return (
    <Modal
      opened
      onClose={close}
      size={props.size ?? 'md'}
      title={title}
      closeButtonProps={{ 'aria-label': t('close') }}
      closeOnClickOutside={false}
    >
      <form onSubmit={send} onKeyDown={keepComposingEnter}>
        <Stack gap="md">
          {props.children}
          {error !== null && <ProblemAlert error={error} withoutFields={props.withoutFields ?? false} />}
          <Group justify="space-between" gap="xs">
            {note !== undefined && (
              <Text size="sm" c="dimmed">
                {note}
              </Text>
            )}
            <Group gap="xs" ml="auto">
              <Button variant="default" onClick={close}>
                {t('cancel')}
              </Button>
              <Button type="submit" loading={isPending} disabled={isDisabled}>
                {verb}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
