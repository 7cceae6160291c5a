import { Code, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Word, Words } from '../code/completion';
import { DATES } from '../use-words';
import classes from './mail.module.css';

/** The names that may be written, and how; for whoever does not know them by heart. */
export function VariableList({ words }: { words: Words }) {
  const { t } = useTranslation('editor');
  const dates = new Set<string>(DATES);
  const columns = (words.variables ?? []).filter(
    ({ label }) => !dates.has(label) && !label.includes('.') && label !== 'row' && label !== 'rows',
  );
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('mail.variablesHint')}
      </Text>
      <Names title={t('words.target')} names={columns} write={(name) => `{{ ${name} }}`} />
      {(words.rowColumns ?? []).length > 0 && (
        <>
          <Names
            title={t('words.mapping')}
            names={words.rowColumns ?? []}
            write={(name) => `{{ item.${name} }}`}
          />
          <Code block>{'{% for item in rows %}\n  …\n{% endfor %}'}</Code>
        </>
      )}
      <Names
        title={t('words.date')}
        names={DATES.map((label) => ({ label }))}
        write={(name) => `{{ ${name} }}`}
      />
      <div>
        <Text size="sm" fw={600}>
          {t('words.filter')}
        </Text>
        <Text size="sm">{t('mail.filtersHint')}</Text>
      </div>
    </Stack>
  );
}

interface NamesProps {
  title: string;
  names: readonly Word[];
  write: (name: string) => string;
}

function Names({ title, names, write }: NamesProps) {
  const { t } = useTranslation('editor');
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      {names.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('mail.noVariables')}
        </Text>
      ) : (
        <div className={classes.names}>
          {names.map(({ label }) => (
            <Code key={label}>{write(label)}</Code>
          ))}
        </div>
      )}
    </div>
  );
}
