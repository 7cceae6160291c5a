import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { useSaveKey } from '../use-part';
import { useColumns, useShape } from '../use-words';

import { QueryCard } from './query-card';
import { useColumnsPart, useMappingPart, useTargetPart, useUpdatePart } from './query-parts';
import { TANK_BINDS } from './query-text';

const ConnectionSelect = lazy(async () => ({
  default: (await import('./connection-select')).ConnectionSelect,
}));
const ColumnsCard = lazy(async () => ({ default: (await import('./columns-card')).ColumnsCard }));

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
          <Suspense fallback={<Skeleton height={56} maw={360} mb="sm" />}>
            <ConnectionSelect
              label={t('data.connection')}
              value={target.value.connection}
              onChange={(connection) => target.set({ ...target.value, connection })}
              isReadOnly={!isOperator}
            />
          </Suspense>
        }
        shape={useShape('target')}
      />
      <Suspense fallback={<Skeleton height={280} mb="md" />}>
        <ColumnsCard part={columns} columns={targetColumns} />
      </Suspense>
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
          <Suspense fallback={<Skeleton height={56} maw={360} mb="sm" />}>
            <ConnectionSelect
              label={t('data.writeConnection')}
              description={t('data.writeConnectionHint')}
              value={update.value.connection}
              onChange={(connection) => update.set({ ...update.value, connection })}
              emptyLabel={t('data.sameConnection')}
              isReadOnly={!isOperator}
            />
          </Suspense>
        }
        shape={useShape('update')}
      />
    </>
  );
}
