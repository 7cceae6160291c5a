import { Alert, Group, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import type { ProblemField } from '@/api/problem';
import { useMay } from '@/app/session';
import { AnchorLink, ButtonLink } from '@/components/links';
import { ProblemAlert } from '@/components/problem-alert';
import { useEdited } from '../automation-context';

type SectionName = 'data' | 'mail' | 'files' | 'policies';

/** Which page mends a field. */
export function sectionOf(field: string): SectionName {
  if (field.startsWith('dbio') || field.startsWith('columns')) return 'data';
  if (field.startsWith('template') || field.startsWith('envelope')) return 'mail';
  return field.startsWith('attachments') ? 'files' : 'policies';
}

/** What keeps the draft from being published, or that nothing does. */
export function Readiness() {
  const { t } = useTranslation('editor');
  const automation = useEdited();
  const isOperator = useMay('operator');
  const check = useQuery({
    queryKey: keys.automation.part(automation.id, 'check', { version: automation.draft_version }),
    queryFn: ({ signal }) =>
      data(
        api.GET('/automation/{automation_id}/check', {
          params: { path: { automation_id: automation.id } },
          signal,
        }),
      ),
    retry: false,
  });
  if (check.error !== null)
    return (
      <div style={{ marginBottom: 16 }}>
        <ProblemAlert error={check.error} retry={() => void check.refetch()} />
      </div>
    );
  if (check.data === undefined) return null;
  if (!check.data.complete) return <Lacking id={automation.id} problems={check.data.problems} />;
  return (
    <Alert color="teal" mb="md" icon={<CircleCheck size={18} aria-hidden="true" />}>
      <Group justify="space-between" gap="sm">
        <Text>
          {automation.draft_differs
            ? automation.active_revision_number === null
              ? t('ready.unpublished')
              : t('ready.differs', { number: automation.active_revision_number })
            : t('ready.published', { number: automation.active_revision_number ?? 0 })}
        </Text>
        {automation.draft_differs && isOperator && (
          <ButtonLink
            to="/automations/$id/revisions"
            params={{ id: automation.id }}
            size="xs"
            variant="default"
          >
            {t('ready.toPublish')}
          </ButtonLink>
        )}
      </Group>
    </Alert>
  );
}

function Lacking({ id, problems }: { id: string; problems: readonly ProblemField[] }) {
  const { t } = useTranslation('editor');
  return (
    <Alert
      color="yellow"
      mb="md"
      icon={<CircleAlert size={18} aria-hidden="true" />}
      title={t('ready.lacking', { count: problems.length })}
    >
      <List size="sm">
        {problems.map((one) => {
          const section = sectionOf(one.field);
          return (
            <List.Item key={`${one.field}/${one.code}/${one.message}`}>
              <AnchorLink to={`/automations/$id/${section}`} params={{ id }} underline="always">
                {t(`sections.${section}`)}
              </AnchorLink>
              {': '}
              {one.code === 'required'
                ? t(`lacks.${one.field.replace('.', '_')}` as 'lacks.dbio_connection', {
                    defaultValue: one.message,
                  })
                : one.message}
            </List.Item>
          );
        })}
      </List>
    </Alert>
  );
}
