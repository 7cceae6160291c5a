import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './figure.module.css';

interface FigureProps {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  tone?: 'plain' | 'good' | 'warning' | 'bad';
}

/** A number with what it counts. */
export function Figure({ label, value, note, tone = 'plain' }: FigureProps) {
  return (
    <div className={classes.figure} data-tone={tone}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <div className={classes.value}>{value}</div>
      {note !== undefined && (
        <Text size="xs" c="dimmed" component="div">
          {note}
        </Text>
      )}
    </div>
  );
}
