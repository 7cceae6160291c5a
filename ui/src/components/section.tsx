import { Card, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

interface SectionProps {
  title: string;
  text?: ReactNode;
  /** Beside the heading. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a screen that has a heading of its own. */
export function Section({ title, text, actions, children }: SectionProps) {
  const id = useId();
  return (
    <Card component="section" aria-labelledby={id}>
      <div
        style={{
          display: 'flex',
          flexWrap: 'wrap',
          gap: '8px 16px',
          justifyContent: 'space-between',
          marginBottom: 14,
        }}
      >
        <div style={{ flex: '1 1 16rem', minWidth: 0 }}>
          <Title order={2} id={id}>
            {title}
          </Title>
          {text !== undefined && (
            <Text c="dimmed" size="sm" component="div" mt={2}>
              {text}
            </Text>
          )}
        </div>
        {actions}
      </div>
      {children}
    </Card>
  );
}
