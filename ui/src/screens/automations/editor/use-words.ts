import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useEdited } from './automation-context';
import type { Words } from './code/completion';

export type QueryKind = 'target' | 'mapping';
export type Column = Schemas['ColumnView'];

/** What the database said of a query when it was last tested here. */
export interface Shape {
  columns: Column[];
  binds: string[];
}

export const shapeKey = (id: string, kind: string) => keys.automation.part(id, 'shape', { kind });

export function useShape(kind: 'target' | 'mapping' | 'update'): Shape | null {
  const { id } = useEdited();
  const query = useQuery<Shape | null>({
    queryKey: shapeKey(id, kind),
    queryFn: () => null,
    enabled: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return query.data ?? null;
}

interface SampleOptions {
  limit?: number;
  rowNumber?: number;
  reveal?: { reveal?: true; reason?: string };
}

/** The first rows of a saved query. */
export function useSample(kind: QueryKind, { limit = 5, rowNumber = 1, reveal = {} }: SampleOptions = {}) {
  const { id, draft } = useEdited();
  const sql = kind === 'target' ? draft.dbio.target_query : draft.dbio.mapping_query;
  const filter = { limit, row_number: rowNumber, ...reveal };
  return useQuery({
    queryKey: keys.automation.part(id, `sample-${kind}`, {
      ...filter,
      of: [draft.dbio.target_query, sql, draft.dbio.connection],
    }),
    queryFn: ({ signal }) =>
      data(
        api.GET('/automation/{automation_id}/dbio/{kind}/sample', {
          params: { path: { automation_id: id, kind }, query: filter },
          signal,
        }),
      ),
    enabled: sql.trim() !== '' && draft.dbio.target_query.trim() !== '',
    retry: false,
    staleTime: 60_000,
  });
}

/** The names of a saved query's columns; empty while nobody knows. */
export function useColumns(kind: QueryKind): readonly string[] {
  const shape = useShape(kind);
  const sample = useSample(kind);
  return useMemo(
    () => shape?.columns.map(({ name }) => name) ?? sample.data?.columns ?? [],
    [shape, sample.data],
  );
}

export const DATES = [
  'YYYY',
  'MM',
  'DD',
  'YYYYMM',
  'YYYYMMDD',
  'YYYY_MM_DD',
  'YY',
  'YYMM',
  'MMDD',
  'HH',
  'MI',
  'LAST_YYYY',
  'LAST_MM',
  'LAST_YYYYMM',
] as const;

const FILTERS = [
  'won',
  'money',
  'number',
  'percent',
  'date',
  'datetime',
  'time',
  'weekday',
  'default',
  'upper',
  'lower',
  'trim',
  'replace',
  'length',
  'join',
  'first',
  'last',
  'sum',
  'round',
  'abs',
  'int',
  'truncate',
  'nl2br',
  'escape',
  'sort',
  'groupby',
  'batch',
] as const;

/** Everything that a template or a path may name. */
export function useTemplateWords(): Words {
  const { t } = useTranslation('editor');
  const target = useColumns('target');
  const mapping = useColumns('mapping');
  return useMemo(
    () => ({
      variables: [
        ...target.map((label) => ({ label, detail: t('words.target') })),
        { label: 'rows', detail: t('words.rows') },
        { label: 'row', detail: t('words.row') },
        ...mapping.map((label) => ({ label: `item.${label}`, detail: t('words.mapping') })),
        ...DATES.map((label) => ({ label, detail: t('words.date') })),
      ],
      rowColumns: mapping.map((label) => ({ label, detail: t('words.mapping') })),
      filters: FILTERS.map((label) => ({ label, detail: t('words.filter') })),
    }),
    [target, mapping, t],
  );
}
