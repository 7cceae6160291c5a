import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Eye, EyeOff } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { ConfirmDialog } from './confirm-dialog';

const LONGEST_REASON = 200;

export interface Reveal {
  /** For the request's query, and for its key: `{ ...reveal.query }`. Empty while the data is masked. */
  query: { reveal?: true; reason?: string };
  isRevealed: boolean;
  /** Opens the dialog, for a second button elsewhere. */
  ask: () => void;
  /** The button, with the dialog that asks why. */
  control: ReactNode;
}

/** Personal data is masked until somebody says why they need to see it; the audit trail keeps who, when and why. */
export function useReveal(): Reveal {
  const { t } = useTranslation();
  const [reason, setReason] = useState<string | null>(null);
  const [isAsking, { open, close }] = useDisclosure(false);
  const isRevealed = reason !== null;
  // Viewers see masked data alone.
  const mayReveal = useMay('operator');

  const control = mayReveal && (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={
          isRevealed ? <EyeOff size={14} aria-hidden="true" /> : <Eye size={14} aria-hidden="true" />
        }
        onClick={isRevealed ? () => setReason(null) : open}
        aria-pressed={isRevealed}
      >
        {isRevealed ? t('reveal.hide') : t('reveal.show')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('reveal.show')}
          verb={t('reveal.verb')}
          asksReason
          longestReason={LONGEST_REASON}
          act={async (why) => setReason(why)}
          close={close}
        >
          {t('reveal.text')}
        </ConfirmDialog>
      )}
    </>
  );
  return { query: isRevealed ? { reveal: true, reason } : {}, isRevealed, ask: open, control };
}
