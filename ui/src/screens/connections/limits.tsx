import { NumberInput, SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import classes from './limits.module.css';

const LIMITS = [
  { name: 'pool_size', usual: 8, most: 200 },
  { name: 'connect_timeout', usual: 10, most: 300 },
  { name: 'call_timeout', usual: 60, most: 3_600 },
  { name: 'target_timeout', usual: 1_800, most: 86_400 },
  { name: 'max_mapping_rows', usual: 10_000, most: 1_000_000 },
] as const;

type LimitName = (typeof LIMITS)[number]['name'];
/** Empty: as usual. */
export type LimitValues = Record<LimitName, number | ''>;

export function limitsOf(options: Record<string, unknown>): LimitValues {
  const of = (name: LimitName) => (typeof options[name] === 'number' ? options[name] : '');
  return Object.fromEntries(LIMITS.map(({ name }) => [name, of(name)])) as LimitValues;
}

export function readLimits(values: LimitValues): Partial<Record<LimitName, number>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}

interface LimitsProps {
  values: LimitValues;
  onChange: (values: LimitValues) => void;
}

/** How long to wait, and how much to take; most people never open it. */
export function Limits({ values, onChange }: LimitsProps) {
  const { t } = useTranslation('connections');
  return (
    <details className={classes.details}>
      <summary>{t('limits.title')}</summary>
      <Text size="sm" c="dimmed" my={8}>
        {t('limits.text')}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
        {LIMITS.map(({ name, usual, most }) => (
          <NumberInput
            key={name}
            label={t(`limits.${name}`)}
            placeholder={String(usual)}
            value={values[name]}
            onChange={(value) => onChange({ ...values, [name]: value === '' ? '' : Number(value) })}
            min={1}
            max={most}
            hideControls
          />
        ))}
      </SimpleGrid>
    </details>
  );
}
