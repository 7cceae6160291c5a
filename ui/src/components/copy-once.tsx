import { Alert, Button, Code, CopyButton, Group, Text } from '@mantine/core';
import { Check, Copy, KeyRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';

interface CopyOnceProps {
  /** What is shown this one time. */
  value: string;
  title: string;
  children: React.ReactNode;
}

/** A link or a token that nobody can look up again. */
export function CopyOnce({ value, title, children }: CopyOnceProps) {
  const { t } = useTranslation('secret');
  return (
    <Alert color="petrol" icon={<KeyRound size={18} aria-hidden="true" />} title={title}>
      <Text mb="xs" component="div">
        {children}
      </Text>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {value}
      </Code>
      <Group mt="xs">
        <CopyButton value={value} timeout={3_000}>
          {({ copied, copy }) => (
            <Button
              size="xs"
              onClick={copy}
              leftSection={
                copied ? <Check size={14} aria-hidden="true" /> : <Copy size={14} aria-hidden="true" />
              }
            >
              {t(copied ? 'copied' : 'copy')}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Alert>
  );
}
