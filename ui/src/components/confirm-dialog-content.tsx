import { Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keepComposingEnter } from '@/lib/ime';
import { ProblemAlert } from './problem-alert';

const LONGEST_REASON = 500;

export interface ConfirmDialogProps {
  title: string;
  /** What will happen, in a sentence or two. */
  children: ReactNode;
  /** The verb on the button: "발송 중지", not "확인". */
  verb: string;
  /** It cannot be taken back. */
  isDangerous?: boolean;
  /** Ask why; the reason is recorded. */
  asksReason?: boolean;
  longestReason?: number;
  act: (reason: string) => Promise<unknown>;
  close: () => void;
}

export default function ConfirmDialogContent({
  title,
  children,
  verb,
  isDangerous = false,
  asksReason = false,
  longestReason = LONGEST_REASON,
  act,
  close,
}: ConfirmDialogProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const acting = useMutation({ mutationFn: act, onSuccess: close, meta: { problem: 'inline' } });
  const isReady = !asksReason || reason.trim() !== '';

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !acting.isPending) acting.mutate(reason.trim());
  };

  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack gap="md">
          <Text component="div">{children}</Text>
          {asksReason && (
            <Textarea
              label={t('reason.label')}
              description={t('reason.recorded')}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              maxLength={longestReason}
              required
              data-autofocus
            />
          )}
          {acting.error !== null && <ProblemAlert error={acting.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={close}>
              {t('cancel')}
            </Button>
            <Button
              type="submit"
              color={isDangerous ? 'red.8' : undefined}
              disabled={!isReady}
              loading={acting.isPending}
            >
              {verb}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
