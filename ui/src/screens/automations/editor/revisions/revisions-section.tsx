import { Badge, Button, Group, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { ConfirmDialog } from '../../list/lazy';
import { useEdited } from '../automation-context';
import { Section } from '../section';
import { PublishCard } from './publish-card';

type Revision = Schemas['RevisionView'];

const Compare = lazy(async () => ({ default: (await import('./compare')).Compare }));

export function useRevisions(id: string) {
  return useQuery({
    queryKey: keys.automation.part(id, 'revisions'),
    queryFn: ({ signal }) =>
      data(
        api.GET('/automation/{automation_id}/revision', { params: { path: { automation_id: id } }, signal }),
      ),
  });
}

/** What was published when and by whom; publishing, comparing, and going back. */
export function RevisionsSection() {
  const { t } = useTranslation('editor');
  const { id } = useEdited();
  const revisions = useRevisions(id);
  if (revisions.error !== null)
    return <ProblemAlert error={revisions.error} retry={() => void revisions.refetch()} />;
  if (revisions.data === undefined) return <LinesSkeleton />;
  return (
    <>
      <PublishCard />
      {revisions.data.length === 0 ? (
        <EmptyState title={t('revisions.none')} icon={History}>
          {t('revisions.noneText')}
        </EmptyState>
      ) : (
        <>
          <Suspense fallback={<LinesSkeleton />}>
            <Compare revisions={revisions.data} />
          </Suspense>
          <RevisionList revisions={revisions.data} />
        </>
      )}
    </>
  );
}

function RevisionList({ revisions }: { revisions: readonly Revision[] }) {
  const { t } = useTranslation('editor');
  const automation = useEdited();
  const isOperator = useMay('operator');
  const client = useQueryClient();
  const [restoring, setRestoring] = useState<Revision | null>(null);
  return (
    <Section title={t('revisions.list')}>
      <Table aria-label={t('revisions.list')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('revisions.revision')}</Table.Th>
            <Table.Th scope="col">{t('revisions.note')}</Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              {t('revisions.by')}
            </Table.Th>
            <Table.Th scope="col" visibleFrom="sm">
              {t('revisions.at')}
            </Table.Th>
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {revisions.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Group gap={6}>
                  {t('revisions.number', { number: one.number })}
                  {one.id === automation.active_revision_id && (
                    <Badge color="teal" className="tank-status" data-tone="good">
                      {t('revisions.active')}
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td>
                {one.note === '' ? <Text c="dimmed">—</Text> : one.note}
                <Text size="xs" c="dimmed" hiddenFrom="sm" component="div">
                  {one.published_by} · <Time at={one.published_at} />
                </Text>
              </Table.Td>
              <Table.Td visibleFrom="sm">{one.published_by}</Table.Td>
              <Table.Td visibleFrom="sm">
                <Time at={one.published_at} />
              </Table.Td>
              <Table.Td ta="right">
                {isOperator && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => setRestoring(one)}
                    aria-label={t('revisions.restoreOf', { number: one.number })}
                  >
                    {t('revisions.restore')}
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Suspense>
        {restoring !== null && (
          <ConfirmDialog
            title={t('revisions.restoreTitle', { number: restoring.number })}
            verb={t('revisions.restore')}
            isDangerous={automation.draft_differs}
            act={async () => {
              const saved = await data(
                api.POST('/automation/{automation_id}/revision/{number}/restore', {
                  params: { path: { automation_id: automation.id, number: restoring.number } },
                  body: { draft_version: automation.draft_version },
                }),
              );
              client.setQueryData(keys.automation.one(automation.id), saved.automation);
              await client.invalidateQueries({ queryKey: keys.automation.all });
              notifyDone(t('revisions.restored', { number: restoring.number }));
            }}
            close={() => setRestoring(null)}
          >
            {automation.draft_differs ? t('revisions.restoreLoses') : t('revisions.restoreText')}
          </ConfirmDialog>
        )}
      </Suspense>
    </Section>
  );
}
