import { Card, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './section.module.css';

interface SectionProps {
  title: string;
  /** What it is for, in a sentence. */
  text?: ReactNode;
  /** Beside the title. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A card of the editor. */
export function Section({ title, text, aside, children }: SectionProps) {
  return (
    <Card component="section" aria-label={title} mb="md" className={classes.card}>
      <Group justify="space-between" align="flex-start" gap="sm" mb="sm">
        <div className={classes.titles}>
          <Title order={2} size="h3">
            {title}
          </Title>
          {text !== undefined && (
            <Text c="dimmed" size="sm" component="div">
              {text}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      {children}
    </Card>
  );
}

/** Something typed on the left, what comes of it on the right; one above the other where it is narrow. */
export function Beside({ left, right }: { left: ReactNode; right: ReactNode }) {
  return (
    <div className={classes.beside}>
      <div className={classes.half}>{left}</div>
      <div className={classes.half}>{right}</div>
    </div>
  );
}
