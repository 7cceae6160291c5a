import { Button, Group, Text } from '@mantine/core';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PasswordInput } from './password-input';

interface SecretInputProps {
  label: string;
  description?: string;
  /** One is kept; it is never shown. */
  isSet: boolean;
  /** Undefined: as it is; empty: forget it. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A secret goes in and never comes out: it can be replaced or forgotten. */
export function SecretInput({ label, description, isSet, value, onChange }: SecretInputProps) {
  const { t } = useTranslation('secret');
  const [isReplacing, setReplacing] = useState(false);
  if (isSet && !isReplacing && value === undefined) {
    return (
      <div>
        <Text size="sm" fw={500} component="div" mb={3}>
          {label}
        </Text>
        <Group gap="xs">
          <KeyRound size={15} aria-hidden="true" />
          <Text size="sm">{t('set')}</Text>
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => setReplacing(true)}
            aria-label={t('replaceNamed', { name: label })}
          >
            {t('replace')}
          </Button>
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => onChange('')}
            aria-label={t('forgetNamed', { name: label })}
          >
            {t('forget')}
          </Button>
        </Group>
      </div>
    );
  }
  const isForgotten = isSet && value === '' && !isReplacing;
  const keep = () => {
    setReplacing(false);
    onChange(undefined);
  };
  return (
    <div>
      {isForgotten ? (
        <Text size="sm">
          {label}: {t('forgotten')}
        </Text>
      ) : (
        <PasswordInput
          label={label}
          description={description}
          value={value ?? ''}
          onChange={(event) =>
            onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)
          }
          autoComplete="new-password"
          autoFocus={isReplacing}
        />
      )}
      {isSet && (
        <Button size="compact-sm" variant="subtle" color="gray" mt={4} onClick={keep}>
          {t('keep')}
        </Button>
      )}
    </div>
  );
}
