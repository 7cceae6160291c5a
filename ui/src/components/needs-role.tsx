import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Role } from '@/api/session';
import { useSession } from '@/app/session';
import { EmptyState } from './empty-state';

/** In place of what the session's role may not see: which role it takes, and which one somebody has. */
export function NeedsRole({ needed }: { needed: Role }) {
  const { t } = useTranslation('roles');
  const own = useSession()?.account.role ?? 'viewer';
  return (
    <EmptyState title={t('needs.title')} icon={Lock}>
      {t('needs.text', { needed: t(`names.${needed}`), own: t(`names.${own}`) })}
    </EmptyState>
  );
}
