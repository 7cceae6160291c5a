import { Center, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { Inbox, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  title: string;
  /** Why it is empty, and what fills it. */
  children?: ReactNode;
  icon?: LucideIcon;
  /** The button that fills it. */
  action?: ReactNode;
}

/** Where a list would be, when it has nothing in it. */
export function EmptyState({ title, children, icon: Icon = Inbox, action }: EmptyStateProps) {
  return (
    <Center py={48} px="md">
      <Stack align="center" gap="xs" maw={440}>
        <ThemeIcon size={48} radius="xl" variant="light" color="gray">
          <Icon size={22} strokeWidth={1.6} aria-hidden="true" />
        </ThemeIcon>
        <Title order={2} size="h3" ta="center">
          {title}
        </Title>
        {children !== undefined && (
          <Text c="dimmed" ta="center" component="div">
            {children}
          </Text>
        )}
        {action !== undefined && <div>{action}</div>}
      </Stack>
    </Center>
  );
}
