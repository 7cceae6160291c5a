import { Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { ProblemAlert } from '@/components/problem-alert';
import { useReveal } from '@/components/reveal';
import { LinesSkeleton } from '@/components/skeletons';
import { type QueryKind, type Shape, useSample } from '../use-words';
import classes from './sample-table.module.css';

interface SampleTableProps {
  kind: QueryKind;
  shape: Shape | null;
  rowNumber?: number;
  chooser?: ReactNode;
}

/** The first rows of a saved query, with the types of its columns where they are known. */
export function SampleTable({ kind, shape, rowNumber = 1, chooser }: SampleTableProps) {
  const { t } = useTranslation('editor');
  const isOperator = useMay('operator');
  const reveal = useReveal();
  const sample = useSample(kind, { limit: 5, rowNumber, reveal: reveal.query });
  if (!isOperator) return null;
  if (sample.error !== null) return <ProblemAlert error={sample.error} retry={() => void sample.refetch()} />;
  if (!sample.isEnabled) return <Text c="dimmed">{t(`data.${kind}.nothing`)}</Text>;
  if (sample.data === undefined) return <LinesSkeleton lines={5} />;
  const { columns, rows } = sample.data;
  const types = new Map(shape?.columns.map(({ name, type }) => [name, type]));
  const label = t('data.sampleOf', { query: t(`data.${kind}.title`) });
  return (
    <>
      <Group justify="space-between" align="flex-end" mb={6} gap="xs">
        {chooser || (
          <Text size="sm" c="dimmed">
            {t('data.columns', { count: columns.length })}
          </Text>
        )}
        {reveal.control}
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no mouse scrolls it by keys. */}
      <section className={classes.frame} aria-label={label} tabIndex={0}>
        <Table aria-label={label} className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              {columns.map((name) => (
                <Table.Th key={name} scope="col">
                  {name}
                  {shape !== null && <div className={classes.type}>{types.get(name) || '\u00a0'}</div>}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a query have no names.
              <Table.Tr key={index}>
                {columns.map((name) => (
                  <Table.Td key={name}>
                    <Cell value={row[name]} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {rows.length === 0 && (
        <Text c="dimmed" mt="xs">
          {t('data.noRows')}
        </Text>
      )}
    </>
  );
}

export function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined)
    return (
      <Text span size="sm" c="dimmed" fs="italic">
        NULL
      </Text>
    );
  return String(value);
}
