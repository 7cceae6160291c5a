import { Group, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { FormDialog } from '@/components/form-dialog';
import { notifyDone } from '@/components/notify';
import { SecretInput } from '@/components/secret-input';
import {
  DATABASES,
  type Database,
  DEFAULT_PORTS,
  NO_PARTS,
  partsOf,
  type UrlParts,
  urlOf,
} from './database-url';
import { Limits, type LimitValues, limitsOf, readLimits } from './limits';
import { type Connection, useSaveConnection } from './use-connections';

interface ConnectionFormProps {
  /** Null for a new one. */
  connection: Connection | null;
  close: () => void;
}

/** A connection by fields; whoever knows its URL may write that instead. */
export default function ConnectionForm({ connection, close }: ConnectionFormProps) {
  const { t } = useTranslation(['connections', 'common']);
  const saved = String(connection?.options.url ?? '');
  const known = saved === '' ? NO_PARTS : partsOf(saved);
  const [name, setName] = useState(connection?.name ?? '');
  const [parts, setParts] = useState<UrlParts>(known ?? NO_PARTS);
  const [isExpert, setExpert] = useState(known === null);
  const [url, setUrl] = useState(saved);
  const [password, setPassword] = useState<string>();
  const [limits, setLimits] = useState<LimitValues>(() => limitsOf(connection?.options ?? {}));
  const saving = useSaveConnection(connection);

  const toggleExpert = () => {
    if (!isExpert) setUrl(urlOf(parts));
    else setParts(partsOf(url) ?? parts);
    setExpert(!isExpert);
  };
  const submit = () => {
    saving.mutate(
      {
        name: name.trim(),
        options: { url: isExpert ? url.trim() : urlOf(parts), ...readLimits(limits) },
        secrets: password === undefined ? {} : { password },
      },
      {
        onSuccess: () => {
          notifyDone(t('saved', { ns: 'common' }));
          close();
        },
      },
    );
  };
  const problem = saving.error instanceof Problem ? saving.error : null;
  const canReadUrl = !isExpert || partsOf(url) !== null || url === '';

  return (
    <FormDialog
      size="lg"
      title={connection === null ? t('add') : t('change', { name: connection.name })}
      close={close}
      submit={submit}
      verb={t('save', { ns: 'common' })}
      isPending={saving.isPending}
      error={saving.error}
      withoutFields
      note={t('notTried')}
    >
      <TextInput
        label={t('name')}
        description={t('nameHint')}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={problem?.field('name')}
        maxLength={100}
        required
        withAsterisk={false}
        data-autofocus
      />
      {isExpert ? (
        <TextInput
          label={t('url')}
          description={t('urlHint')}
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          required
          withAsterisk={false}
          spellCheck={false}
        />
      ) : (
        <Fields parts={parts} change={(some) => setParts({ ...parts, ...some })} />
      )}
      {(isExpert || parts.database !== 'sqlite') && (
        <SecretInput
          label={t('password')}
          description={t('passwordHint')}
          isSet={connection?.secrets.includes('password') ?? false}
          value={password}
          onChange={setPassword}
        />
      )}
      <Limits values={limits} onChange={setLimits} />
      <Switch
        label={t('expert')}
        description={canReadUrl ? undefined : t('expertOnly')}
        checked={isExpert}
        onChange={toggleExpert}
        disabled={!canReadUrl}
      />
    </FormDialog>
  );
}

interface FieldsProps {
  parts: UrlParts;
  change: (parts: Partial<UrlParts>) => void;
}

function Fields({ parts, change }: FieldsProps) {
  const { t } = useTranslation('connections');
  const text = (field: Exclude<keyof UrlParts, 'database'>) => ({
    label: t(`fields.${field}`),
    value: parts[field],
    onChange: (event: { currentTarget: { value: string } }) => change({ [field]: event.currentTarget.value }),
    autoCapitalize: 'none',
    spellCheck: false,
    withAsterisk: false,
  });
  return (
    <>
      <SegmentedControl
        aria-label={t('kind')}
        value={parts.database}
        onChange={(value) => change({ database: value as Database })}
        data={DATABASES.map((value) => ({ value, label: t(`databases.${value}`) }))}
      />
      {parts.database === 'sqlite' ? (
        <TextInput
          {...text('file')}
          description={t('fields.fileHint')}
          placeholder="/srv/data/card.db"
          required
        />
      ) : (
        <>
          <Group gap="sm" align="flex-start" wrap="nowrap">
            <TextInput {...text('host')} placeholder="db.example.com" required flex={1} />
            <TextInput
              {...text('port')}
              placeholder={DEFAULT_PORTS[parts.database]}
              inputMode="numeric"
              pattern="[0-9]*"
              w={96}
            />
          </Group>
          <Group gap="sm" grow align="flex-start">
            <TextInput {...text('name')} required />
            <TextInput {...text('user')} autoComplete="off" />
          </Group>
          <TextInput
            {...text('parameters')}
            description={t('fields.parametersHint')}
            placeholder={parts.database === 'postgresql' ? 'sslmode=require' : 'charset=utf8mb4'}
          />
        </>
      )}
    </>
  );
}
