import { MultiSelect, Radio, Select, SimpleGrid, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '@/api/client';
import { useMay } from '@/app/session';
import { PartBar } from '../part-bar';
import { Section } from '../section';
import type { Part } from '../use-part';

type TargetColumns = Schemas['TargetColumns'];

interface ColumnsCardProps {
  part: Part<TargetColumns>;
  columns: readonly string[];
}

const EQUAL = ['allow', 'first_only', 'stop'] as const;

/** Which columns hold the address, the key and the name, and what equal addresses mean. */
export function ColumnsCard({ part, columns }: ColumnsCardProps) {
  const { t } = useTranslation('editor');
  const isReadOnly = !useMay('operator');
  const { value, set } = part;
  const known = [...new Set([...columns, value.email, ...value.key, value.name])].filter(
    (name) => name !== '',
  );
  const lost = (name: string) =>
    columns.length > 0 && name !== '' && !columns.includes(name) ? t('columns.lost', { name }) : undefined;
  return (
    <Section title={t('columns.title')} text={t('columns.text')}>
      <SimpleGrid cols={{ base: 1, sm: 3 }} mb="md">
        <Select
          label={t('columns.email')}
          description={t('columns.emailHint')}
          data={known}
          value={value.email === '' ? null : value.email}
          onChange={(email) => set({ ...value, email: email ?? '' })}
          error={lost(value.email) ?? part.problem?.field('columns.email')}
          placeholder={columns.length === 0 ? t('columns.testFirst') : t('columns.choose')}
          searchable
          required
          readOnly={isReadOnly}
        />
        <MultiSelect
          label={t('columns.key')}
          description={t('columns.keyHint')}
          data={known}
          value={value.key}
          onChange={(key) => set({ ...value, key })}
          error={value.key.map(lost).find((one) => one !== undefined) ?? part.problem?.field('columns.key')}
          placeholder={value.key.length === 0 ? t('columns.choose') : ''}
          searchable
          required
          readOnly={isReadOnly}
        />
        <Select
          label={t('columns.name')}
          description={t('columns.nameHint')}
          data={known}
          value={value.name === '' ? null : value.name}
          onChange={(name) => set({ ...value, name: name ?? '' })}
          error={lost(value.name)}
          placeholder={t('columns.none')}
          clearable
          clearButtonProps={{ 'aria-label': t('columns.clearName') }}
          allowDeselect
          searchable
          readOnly={isReadOnly}
        />
      </SimpleGrid>
      <Radio.Group
        label={t('columns.equal.label')}
        value={value.equal_addresses}
        onChange={(choice) => {
          const found = EQUAL.find((one) => one === choice);
          if (found !== undefined && !isReadOnly) set({ ...value, equal_addresses: found });
        }}
      >
        <Stack gap={6} mt={4}>
          {EQUAL.map((one) => (
            <Radio key={one} value={one} label={t(`columns.equal.${one}`)} disabled={isReadOnly} />
          ))}
        </Stack>
      </Radio.Group>
      <PartBar part={part} />
    </Section>
  );
}
