import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, redirect } from '@tanstack/react-router';
import { currentSession, readSession } from '@/api/session';
import { CrashPage } from './crash-page';
import { NotFoundPage } from './not-found-page';
import { Root } from './root';
import { Shell } from './shell/shell';

export interface RouterContext {
  queryClient: QueryClient;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Root,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
});

/** The parent of every screen: within the shell, for whoever is signed in. */
export const inside = createRoute({
  getParentRoute: () => rootRoute,
  id: 'inside',
  beforeLoad: async ({ location }) => {
    if ((currentSession() ?? (await readSession())) === null) {
      throw redirect({ to: '/sign-in', search: { next: location.href }, replace: true });
    }
  },
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
});
