import { Burger } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ScreenSkeleton } from '@/components/skeletons';
import { Mark } from './mark';
import { Navigation } from './navigation';
import { SearchBox } from './search-box';
import classes from './shell.module.css';
import { StopBanner } from './stop-banner';

const HeaderMenus = lazy(() => import('./header-menus'));

/** What surrounds every screen: where to go, whom to look for, who is signed in, and whether mails may leave. */
export function Shell() {
  const { t } = useTranslation('shell');
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another path is what closes it.
  useEffect(close, [path]);

  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        {t('skip')}
      </a>
      <header className={classes.header}>
        <div className={classes.brand}>
          <Burger
            opened={isOpen}
            onClick={toggle}
            className={classes.burger}
            size="sm"
            aria-label={isOpen ? t('closeMenu') : t('openMenu')}
            aria-expanded={isOpen}
            aria-controls="navigation"
          />
          <Mark />
        </div>
        <SearchBox />
        <div className={classes.menus}>
          <Suspense>
            <HeaderMenus />
          </Suspense>
        </div>
      </header>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the menu at phone width, from anywhere in it. */}
      <div
        className={classes.rail}
        data-open={isOpen || undefined}
        onKeyDown={(event) => event.key === 'Escape' && close()}
      >
        <nav id="navigation" aria-label={t('navigation')}>
          <Navigation />
        </nav>
      </div>
      <main className={classes.main} id="content" tabIndex={-1}>
        <StopBanner />
        <div className={classes.content}>
          <Suspense fallback={<ScreenSkeleton />}>
            <Outlet />
          </Suspense>
        </div>
      </main>
    </div>
  );
}
