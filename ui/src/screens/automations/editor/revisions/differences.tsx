import { Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { useEdited } from '../automation-context';
import { CodeDiff } from '../code/code-diff';

type Change = Schemas['FieldChangeView'];

interface DifferencesProps {
  /** Numbers of revisions; null is the draft. */
  before: number | null;
  after: number | null;
}

const TEXTS = new Set([
  'dbio.target_query',
  'dbio.mapping_query',
  'dbio.update_query',
  'template.html',
  'template.text',
  'attachments',
]);

/** What differs: short fields in a table, long texts side by side. */
export function Differences({ before, after }: DifferencesProps) {
  const { t } = useTranslation('editor');
  const { id, draft_version } = useEdited();
  const isDrafted = before === null || after === null;
  const query = useQuery({
    queryKey: keys.automation.part(id, 'diff', { before, after, version: isDrafted ? draft_version : 0 }),
    queryFn: ({ signal }) => diff(id, before, after, signal),
    enabled: before !== after,
  });
  const name = useFieldName();
  if (before === after) return <Text c="dimmed">{t('revisions.same')}</Text>;
  if (query.error !== null) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <LinesSkeleton />;
  if (query.data.length === 0) return <Text c="dimmed">{t('revisions.equal')}</Text>;
  const side = (number: number | null) =>
    number === null ? t('revisions.draft') : t('revisions.number', { number });
  const isText = ({ field }: Change) => TEXTS.has(field);
  const fields = query.data.filter((one) => !isText(one));
  return (
    <Stack gap="lg">
      {fields.length > 0 && (
        <Table aria-label={t('revisions.fields')} withTableBorder layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('revisions.field')}</Table.Th>
              <Table.Th scope="col">{side(before)}</Table.Th>
              <Table.Th scope="col">{side(after)}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {fields.map((one) => (
              <Table.Tr key={one.field}>
                <Table.Td>{name(one.field)}</Table.Td>
                <Table.Td>{one.before === '' ? '—' : one.before}</Table.Td>
                <Table.Td>{one.after === '' ? '—' : one.after}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {query.data.filter(isText).map((one) => (
        <div key={one.field}>
          <Title order={3} size="h4" mb={6}>
            {name(one.field)}
          </Title>
          <CodeDiff before={one.before} after={one.after} labels={[side(before), side(after)]} />
        </div>
      ))}
    </Stack>
  );
}

/** Asks the server; a side that is left out is the draft. */
async function diff(
  id: string,
  before: number | null,
  after: number | null,
  signal: AbortSignal,
): Promise<Change[]> {
  const ask = (query: { before?: number; after?: number }) =>
    data(
      api.GET('/automation/{automation_id}/diff', { params: { path: { automation_id: id }, query }, signal }),
    );
  if (after === null) return ask(before === null ? {} : { before });
  return ask(before === null ? { after } : { before, after });
}

/** A field's name as the screens have it. */
function useFieldName(): (field: string) => string {
  const { t } = useTranslation('editor');
  return (field) => t(`fields.${field.replace('.', '_')}` as 'fields.purpose', { defaultValue: field });
}
