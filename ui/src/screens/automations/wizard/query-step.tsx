import { Alert } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Lightbulb } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEdited } from '../editor/automation-context';
import { ColumnsCard } from '../editor/data/columns-card';
import { QueryCard } from '../editor/data/query-card';
import { useColumnsPart, useTargetPart } from '../editor/data/query-parts';
import { useSaveKey } from '../editor/use-part';
import { useColumns, useShape } from '../editor/use-words';
import { EXAMPLE_QUERY, guessColumns } from './examples';
import { Foot } from './foot';
import { useSibling } from './use-sibling';

/** Who gets the mail: a query that works, and what its columns mean. */
export function QueryStep() {
  const { t } = useTranslation(['wizard', 'editor']);
  const navigate = useNavigate();
  const { id, draft } = useEdited();
  const { connection: chosen } = useSearch({ from: '/inside/automations/new' });
  const target = useTargetPart();
  const columns = useColumnsPart();
  const shape = useShape('target');
  const names = useColumns('target');
  const connection = draft.dbio.connection === '' ? (chosen ?? '') : draft.dbio.connection;
  const sibling = useSibling(connection, id);
  const [isBusy, setBusy] = useState(false);
  const isEmpty = target.value.query === '' && !target.isDirty;

  // biome-ignore lint/correctness/useExhaustiveDependencies: an example is put in once, where nothing is.
  useEffect(() => {
    if (!isEmpty || sibling === undefined || connection === '') return;
    target.set({ ...target.value, connection, query: sibling?.draft.dbio.target_query ?? EXAMPLE_QUERY });
  }, [isEmpty, sibling, connection]);

  const isTested = !target.isDirty && names.length > 0;
  const isMeant = columns.value.email !== '' && columns.value.key.length > 0;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a guess is made once, when the columns are known.
  useEffect(() => {
    if (isTested && !isMeant && !columns.isDirty) columns.set(guessColumns(names, columns.value));
  }, [isTested, names.join()]);

  const test = async () => {
    setBusy(true);
    await target.save();
    setBusy(false);
  };
  const goOn = async () => {
    setBusy(true);
    const isSaved = !columns.isDirty || (await columns.save()) !== null;
    setBusy(false);
    if (isSaved) await navigate({ to: '/automations/new', search: { id, step: 'mail' } });
  };
  useSaveKey(() => void (target.isDirty ? test() : columns.save()));

  return (
    <>
      {sibling !== undefined && (
        <Alert color="petrol" mb="md" icon={<Lightbulb size={18} aria-hidden="true" />}>
          {sibling === null ? t('query.skeleton') : t('query.sibling', { name: sibling.name })}
        </Alert>
      )}
      <QueryCard
        kind="target"
        part={target}
        title={t('editor:data.target.title')}
        text={t('editor:data.target.text')}
        known={[]}
        shape={shape}
      />
      {isTested && <ColumnsCard part={columns} columns={names} />}
      <Foot
        id={id}
        section="data"
        verb={isTested ? t('next') : t('query.test')}
        onNext={() => void (isTested ? goOn() : test())}
        isBusy={isBusy}
        isReady={isTested ? isMeant : target.value.query.trim() !== ''}
      />
    </>
  );
}
