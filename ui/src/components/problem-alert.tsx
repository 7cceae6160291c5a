import { Alert, Button, Group, List, Text } from '@mantine/core';
import { CircleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '@/api/problem';
import { useProblemTexts } from './use-problem-texts';

interface ProblemAlertProps {
  /** Whatever was thrown. */
  error: unknown;
  retry?: () => void;
  /** Leave out the defects of single fields: their inputs show them. */
  withoutFields?: boolean;
}

/** What went wrong, in plain words, and what to do about it. */
export function ProblemAlert({ error, retry, withoutFields = false }: ProblemAlertProps) {
  const { t } = useTranslation();
  const problem = asProblem(error);
  const { title, detail, remedy } = useProblemTexts(problem);
  return (
    <Alert
      color="red"
      role="alert"
      icon={<CircleAlert size={18} aria-hidden="true" />}
      title={title}
      styles={{ title: { fontSize: 'var(--mantine-font-size-md)' } }}
    >
      {detail !== null && <Text>{detail}</Text>}
      {!withoutFields && problem.fields.length > 0 && (
        <List size="sm" mt={4}>
          {problem.fields.map((one) => (
            <List.Item key={`${one.field}/${one.code}/${one.position ?? ''}`}>
              <code>{one.field}</code>: {one.message}
            </List.Item>
          ))}
        </List>
      )}
      {remedy !== null && <Text mt={4}>{remedy}</Text>}
      {retry !== undefined && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={retry}>
            {t('tryAgain')}
          </Button>
        </Group>
      )}
    </Alert>
  );
}
