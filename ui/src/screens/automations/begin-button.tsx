import { Sparkles } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '@/components/links';

/** Begins the tour: from nothing to a test mail. For empty states. */
export function BeginButton() {
  const { t } = useTranslation('automations');
  return (
    <ButtonLink to="/automations/new" leftSection={<Sparkles size={16} aria-hidden="true" />}>
      {t('new.begin')}
    </ButtonLink>
  );
}
