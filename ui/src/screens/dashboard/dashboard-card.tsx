import { Card, Group, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import classes from './dashboard.module.css';

interface DashboardCardProps {
  title: string;
  /** At the heading's end: the way to all of it. */
  more?: ReactNode;
  children: ReactNode;
}

export function DashboardCard({ title, more, children }: DashboardCardProps) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id} padding="md" className={classes.card}>
      <Group justify="space-between" gap="xs" mb="sm" wrap="nowrap" align="baseline">
        <Title order={2} size="h3" id={id}>
          {title}
        </Title>
        {more}
      </Group>
      {children}
    </Card>
  );
}
