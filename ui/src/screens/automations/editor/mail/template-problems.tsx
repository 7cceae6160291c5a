import { Alert, List } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ProblemField } from '@/api/problem';

const FIELDS = { 'template.subject': 'subject', 'template.html': 'html', 'template.text': 'plain' } as const;

/** What is wrong in the texts, with the line; the editors mark the same. */
export function TemplateProblems({ problems }: { problems: readonly ProblemField[] }) {
  const { t } = useTranslation('editor');
  if (problems.length === 0) return null;
  const where = ({ field, line }: ProblemField) => {
    const known = Object.entries(FIELDS).find(([name]) => name === field)?.[1];
    const name = known === undefined ? field : t(`mail.${known}`);
    return known === 'subject' || line == null ? name : `${name}, ${t('line', { line })}`;
  };
  return (
    <Alert
      color="yellow"
      mt="sm"
      role="status"
      icon={<TriangleAlert size={18} aria-hidden="true" />}
      title={t('mail.problems', { count: problems.length })}
    >
      <List size="sm">
        {problems.map((one) => (
          <List.Item key={`${one.field}/${one.line ?? ''}/${one.message}`}>
            {where(one)}: {one.message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
