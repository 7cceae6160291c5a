import { Radio, Select, SimpleGrid, Stack } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { PartBar } from '../part-bar';
import { Section } from '../section';
import type { Part } from '../use-part';
import { type General, PURPOSES } from './general-part';

/** What the mail is for, and where its recipients live. */
export function GeneralCard({ part }: { part: Part<General> }) {
  const { t } = useTranslation('editor');
  const isReadOnly = !useMay('operator');
  const { value, set } = part;
  return (
    <Section title={t('general.title')} text={t('general.text')}>
      <Radio.Group
        label={t('general.purpose')}
        value={value.purpose}
        onChange={(choice) => {
          const purpose = PURPOSES.find((one) => one === choice);
          if (purpose !== undefined && !isReadOnly) set({ ...value, purpose });
        }}
        mb="md"
      >
        <Stack gap="xs" mt={4}>
          {PURPOSES.map((one) => (
            <Radio
              key={one}
              value={one}
              label={t(`general.${one}`)}
              description={t(`general.${one}Hint`)}
              disabled={isReadOnly}
            />
          ))}
        </Stack>
      </Radio.Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} maw={640}>
        <ZoneSelect
          label={t('general.zone')}
          description={t('general.zoneHint')}
          value={value.zone}
          onChange={(zone) => set({ ...value, zone })}
          isReadOnly={isReadOnly}
        />
        <Select
          label={t('general.language')}
          description={t('general.languageHint')}
          data={[
            { value: 'ko', label: t('general.ko') },
            { value: 'en', label: t('general.en') },
          ]}
          value={value.language}
          onChange={(language) => set({ ...value, language: language ?? 'ko' })}
          readOnly={isReadOnly}
        />
      </SimpleGrid>
      <PartBar part={part} />
    </Section>
  );
}

interface ZoneSelectProps {
  label: string;
  description?: string;
  value: string;
  onChange: (zone: string) => void;
  isReadOnly?: boolean;
}

export function ZoneSelect({ label, description, value, onChange, isReadOnly = false }: ZoneSelectProps) {
  const zones = useMemo(
    () => [...new Set(['Asia/Seoul', 'UTC', value, ...Intl.supportedValuesOf('timeZone')])],
    [value],
  );
  return (
    <Select
      label={label}
      description={description}
      data={zones}
      value={value}
      onChange={(zone) => zone !== null && onChange(zone)}
      searchable
      limit={60}
      readOnly={isReadOnly}
    />
  );
}
