import { Badge, Button, Group, Select, Table, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { History } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { EmptyState } from '@/components/empty-state';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { LinesSkeleton } from '@/components/skeletons';
import { Time } from '@/components/time';
import { useEdited } from '../automation-context';
import { Section } from '../section';
import { Differences } from './differences';
import { PublishCard } from './publish-card';

type Revision = Schemas['RevisionView'];
const DRAFT = 'draft';

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
          <Compare revisions={revisions.data} />
          <RevisionList revisions={revisions.data} />
        </>
      )}
    </>
  );
}

function Compare({ revisions }: { revisions: readonly Revision[] }) {
  const { t } = useTranslation('editor');
  const automation = useEdited();
  const newest = String(revisions[0]?.number ?? '');
  const second = revisions[1];
  const fitting =
    automation.draft_differs || second === undefined ? [newest, DRAFT] : [String(second.number), newest];
  const [sides, setSides] = useState<readonly (string | undefined)[]>(fitting);
  const [before = newest, after = DRAFT] = sides;
  const names = [
    { value: DRAFT, label: t('revisions.draft') },
    ...revisions.map((one) => ({
      value: String(one.number),
      label:
        one.note === ''
          ? t('revisions.number', { number: one.number })
          : `${t('revisions.number', { number: one.number })} · ${one.note}`,
    })),
  ];
  return (
    <Section title={t('revisions.compare')}>
      <Group gap="sm" mb="md">
        <Select
          label={t('revisions.before')}
          data={names}
          value={before}
          onChange={(value) => setSides([value ?? before, after])}
        />
        <Select
          label={t('revisions.after')}
          data={names}
          value={after}
          onChange={(value) => setSides([before, value ?? after])}
        />
      </Group>
      <Differences
        before={before === DRAFT ? null : Number(before)}
        after={after === DRAFT ? null : Number(after)}
      />
    </Section>
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
    </Section>
  );
}
