import { NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Which target row the mapping query is run for. */
export function RowChooser({ row, onChange }: { row: number; onChange: (row: number) => void }) {
  const { t } = useTranslation('editor');
  return (
    <NumberInput
      label={t('data.mapping.row')}
      value={row}
      onChange={(value) => typeof value === 'number' && value >= 1 && onChange(value)}
      min={1}
      max={100}
      allowDecimal={false}
      size="xs"
      w={150}
    />
  );
}
