import { Code, Text } from '@mantine/core';
import { ArrowRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { RecordLink } from '@/components/record-link';
import { changesOf } from './changes';
import classes from './detail.module.css';
import type { AuditEntry } from './use-audit';

const LINKED = { automation: 'automation', run: 'run', delivery: 'delivery' } as const;

/** One entry in full: what was changed from what to what, and where it happened. */
export function Detail({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation('audit');
  const changes = changesOf(entry.action, entry.detail);
  const noun = entry.action.split('.')[0] ?? '';
  const linked = noun in LINKED ? LINKED[noun as keyof typeof LINKED] : null;
  const id = /[0-9a-f-]{36}/.exec(entry.subject)?.[0];
  return (
    <div className={classes.detail}>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('noDetail')}
        </Text>
      ) : (
        <dl className={classes.changes}>
          {changes.map(({ name, before, after }) => (
            <div key={name}>
              <dt>{t(`fields.${name}` as 'fields.name', { defaultValue: name })}</dt>
              <dd>
                {before !== null && (
                  <>
                    <del>{before === '' ? t('nothing') : before}</del>
                    <ArrowRight size={13} aria-label={t('to')} />
                  </>
                )}
                {before === null ? <span>{after}</span> : <ins>{after === '' ? t('nothing') : after}</ins>}
              </dd>
            </div>
          ))}
        </dl>
      )}
      <Text size="sm" c="dimmed" mt={8}>
        <Code>{entry.action}</Code> {entry.subject}{' '}
        {linked !== null && id !== undefined && (
          <RecordLink kind={linked} id={id} size="sm" underline="always">
            {t('open')}
          </RecordLink>
        )}
      </Text>
    </div>
  );
}
