import { ActionIcon, Badge, Button, Card, Group, Menu, Title } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import { Ellipsis, type LucideIcon, PlugZap } from 'lucide-react';
import type { ReactNode } from 'react';
import { useMay } from '@/app/session';
import { ProblemAlert } from './problem-alert';

interface ServiceCardProps<Answer> {
  name: string;
  /** Which kind of thing it is. */
  kind: string;
  /** Beneath the name: where it leads, how it is set up. */
  about: ReactNode;
  test: {
    verb: string;
    running: UseMutationResult<Answer, Error, void>;
    shown: (answer: Answer) => ReactNode;
  };
  /** What can be done with it; none for those who may not. */
  menu: { label: string; items: readonly { icon: LucideIcon; label: string; act: () => void }[] } | null;
  children?: ReactNode;
}

/** Something that Tank works with and that can be tried: a connection, a sender. */
export function ServiceCard<Answer>({ name, kind, about, test, menu, children }: ServiceCardProps<Answer>) {
  const mayTest = useMay('operator');
  const { running } = test;
  return (
    <Card padding="md" component="article" aria-label={name}>
      <Group justify="space-between" gap="sm">
        <div style={{ minWidth: 0, flex: '1 1 16rem' }}>
          <Group gap={8}>
            <Title order={2} size="h3">
              {name}
            </Title>
            <Badge color="gray" className="tank-status" data-tone="quiet">
              {kind}
            </Badge>
          </Group>
          {about}
        </div>
        <Group gap="xs" wrap="nowrap">
          {mayTest && (
            <Button
              variant="default"
              size="xs"
              leftSection={<PlugZap size={14} aria-hidden="true" />}
              loading={running.isPending}
              onClick={() => running.mutate()}
            >
              {test.verb}
            </Button>
          )}
          {menu !== null && (
            <Menu position="bottom-end" shadow="md">
              <Menu.Target>
                <ActionIcon aria-label={menu.label}>
                  <Ellipsis size={18} aria-hidden="true" />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {menu.items.map(({ icon: Icon, label, act }) => (
                  <Menu.Item key={label} leftSection={<Icon size={15} aria-hidden="true" />} onClick={act}>
                    {label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </Group>
      {children}
      <div aria-live="polite">
        {running.data !== undefined && test.shown(running.data)}
        {running.error !== null && (
          <div style={{ marginTop: 12 }}>
            <ProblemAlert error={running.error} retry={() => running.mutate()} />
          </div>
        )}
      </div>
    </Card>
  );
}
