import { Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';

interface ConnectionSelectProps {
  label: string;
  description?: string;
  value: string;
  onChange: (name: string) => void;
  emptyLabel?: string;
  isReadOnly: boolean;
}

const SAME = '\u0000';

/** One of the connections by its name. */
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
