import { Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { useSaveKey } from '../use-part';
import { useColumns, useShape } from '../use-words';
import { ColumnsCard } from './columns-card';
import { QueryCard } from './query-card';
import { useColumnsPart, useMappingPart, useTargetPart, useUpdatePart } from './query-parts';
import { TANK_BINDS } from './query-text';

/** The three queries of an automation, and what the target query's columns mean. */
export function DataSection() {
  const { t } = useTranslation('editor');
  const isOperator = useMay('operator');
  const target = useTargetPart();
  const mapping = useMappingPart();
  const update = useUpdatePart();
  const columns = useColumnsPart();
  const targetColumns = useColumns('target');
  const mappingColumns = useColumns('mapping');
  useSaveKey(() => {
    void (async () => {
      for (const part of [target, mapping, update, columns]) if (part.isDirty) await part.save();
    })();
  });

  return (
    <>
      <QueryCard
        kind="target"
        part={target}
        title={t('data.target.title')}
        text={t('data.target.text')}
        known={[]}
        above={
          <ConnectionSelect
            label={t('data.connection')}
            value={target.value.connection}
            onChange={(connection) => target.set({ ...target.value, connection })}
            isReadOnly={!isOperator}
          />
        }
        shape={useShape('target')}
      />
      <ColumnsCard part={columns} columns={targetColumns} />
      <QueryCard
        kind="mapping"
        part={mapping}
        title={t('data.mapping.title')}
        text={t('data.mapping.text')}
        known={targetColumns}
        shape={useShape('mapping')}
      />
      <QueryCard
        kind="update"
        part={update}
        title={t('data.update.title')}
        text={t('data.update.text')}
        known={[...targetColumns, ...mappingColumns, ...TANK_BINDS]}
        above={
          <ConnectionSelect
            label={t('data.writeConnection')}
            description={t('data.writeConnectionHint')}
            value={update.value.connection}
            onChange={(connection) => update.set({ ...update.value, connection })}
            emptyLabel={t('data.sameConnection')}
            isReadOnly={!isOperator}
          />
        }
        shape={useShape('update')}
      />
    </>
  );
}

interface ConnectionSelectProps {
  label: string;
  description?: string;
  value: string;
  onChange: (name: string) => void;
  emptyLabel?: string;
  isReadOnly: boolean;
}

const SAME = '\u0000';

export function ConnectionSelect(props: ConnectionSelectProps) {
  const { t } = useTranslation('editor');
  const connections = useQuery({
    queryKey: keys.connection.list(),
    queryFn: ({ signal }) => data(api.GET('/connection', { signal })),
  });
  const names = (connections.data ?? []).map(({ name }) => name);
  const known = props.value === '' || names.includes(props.value) ? names : [props.value, ...names];
  const options = known.map((name) => ({ value: name, label: name }));
  return (
    <Stack maw={360} mb="sm">
      <Select
        label={props.label}
        description={props.description}
        data={
          props.emptyLabel === undefined ? options : [{ value: SAME, label: props.emptyLabel }, ...options]
        }
        value={props.value === '' ? (props.emptyLabel === undefined ? null : SAME) : props.value}
        onChange={(name) => props.onChange(name === SAME || name === null ? '' : name)}
        placeholder={t('data.chooseConnection')}
        nothingFoundMessage={t('data.noConnection')}
        error={
          connections.data !== undefined && props.value !== '' && !names.includes(props.value)
            ? t('data.lostConnection')
            : undefined
        }
        readOnly={props.isReadOnly}
      />
    </Stack>
  );
}
