import { useRouterState } from '@tanstack/react-router';
import { Hammer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { NAVIGATION } from '@/app/navigation';
import { EmptyState } from '@/components/empty-state';
import { Page } from '@/components/page';

/** Holds the place of a screen that this version does not have yet. */
export function ComingScreen() {
  const { t } = useTranslation('shell');
  const path = useRouterState({ select: (state) => state.location.pathname });
  const entry = NAVIGATION.flatMap((group) => group.entries).find(({ to }) => to === path);
  return (
    <Page title={entry === undefined ? t('account.own') : t(`screens.${entry.name}`)}>
      <EmptyState title={t('coming.title')} icon={entry?.icon ?? Hammer}>
        {t('coming.text')}
      </EmptyState>
    </Page>
  );
}
