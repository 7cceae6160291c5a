import { Radio, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ROLES, type Role } from '@/api/session';

interface RoleChoiceProps {
  label: string;
  value: Role;
  onChange: (role: Role) => void;
}

/** The roles, each with what it may do. */
export function RoleChoice({ label, value, onChange }: RoleChoiceProps) {
  const { t } = useTranslation('roles');
  return (
    <Radio.Group label={label} value={value} onChange={(role) => onChange(role as Role)}>
      <Stack gap={10} mt={6}>
        {ROLES.map((role) => (
          <Radio key={role} value={role} label={t(`names.${role}`)} description={t(`may.${role}`)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}
