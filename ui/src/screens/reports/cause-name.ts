import { useTranslation } from 'react-i18next';

/** Why recipients were not mailed, in words; a cause that is new to us keeps its code. */
export function useCauseName(): (kind: string) => string {
  const { t } = useTranslation('reports');
  return (kind) => t(`causes.${kind}` as 'causes.CANCELLED', { defaultValue: kind });
}
