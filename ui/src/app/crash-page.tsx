import { Button, Group, Stack, Text, Title } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asProblem, Problem } from '@/api/problem';
import { useDocumentTitle } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import classes from './outside.module.css';

/** In place of a screen that failed: what an API said, or that the screen itself has a defect. */
export function CrashPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  useDocumentTitle(t('crash.title'));
  return (
    <Stack maw={560} mx="auto" py={64} px="md" className={classes.page}>
      <Title order={1}>{t('crash.title')}</Title>
      {error instanceof Problem ? (
        <ProblemAlert error={error} />
      ) : (
        <>
          <Text>{t('crash.text')}</Text>
          <Text c="dimmed" size="sm" ff="monospace">
            {asProblem(error).detail}
          </Text>
        </>
      )}
      <Group gap="xs">
        <Button onClick={reset}>{t('tryAgain')}</Button>
        <Button variant="default" onClick={() => location.assign('/app/')}>
          {t('toDashboard')}
        </Button>
      </Group>
    </Stack>
  );
}
