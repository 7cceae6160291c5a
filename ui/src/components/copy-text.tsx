import { ActionIcon } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Check, Copy } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { announce } from './announcer';
import classes from './copy-text.module.css';

/** A long text for machines on one line, to be copied whole. */
export function CopyText({ label, text }: { label: string; text: string }) {
  const { t } = useTranslation();
  const { copy, copied } = useClipboard();
  return (
    <span className={classes.line}>
      <span className={classes.text} title={text}>
        {text}
      </span>
      <ActionIcon
        title={t('copy')}
        size="sm"
        aria-label={`${t('copy')}: ${label}`}
        onClick={() => {
          copy(text);
          announce(t('copied'));
        }}
      >
        {copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />}
      </ActionIcon>
    </span>
  );
}
