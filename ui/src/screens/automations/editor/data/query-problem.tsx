import { Alert, Code, Text } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '@/api/problem';
import { useProblemTexts } from '@/components/use-problem-texts';
import { placeOf } from './query-text';

/** Why a query was not saved: the database's own words, its code and the place in the text. */
export function QueryProblem({ problem, sql }: { problem: Problem; sql: string }) {
  const { t } = useTranslation('editor');
  const { title, detail, remedy } = useProblemTexts(problem);
  const said = problem.fields.find((one) => one.field === 'sql');
  const place = said?.position == null ? null : placeOf(sql, said.position);
  return (
    <Alert
      color="red"
      role="alert"
      mb="sm"
      icon={<CircleAlert size={18} aria-hidden="true" />}
      title={said === undefined ? title : t('data.refused')}
    >
      {said === undefined ? (
        detail !== null && <Text>{detail}</Text>
      ) : (
        <Code block lang="en">
          {said.code}: {said.message}
        </Code>
      )}
      {said === undefined &&
        problem.fields
          .filter((one) => one.message !== title)
          .map((one) => <Text key={one.message}>{one.message}</Text>)}
      {place !== null && (
        <Text mt={6} size="sm">
          {t('data.place', place)}
        </Text>
      )}
      {remedy !== null && (
        <Text mt={6} size="sm">
          {remedy}
        </Text>
      )}
    </Alert>
  );
}
