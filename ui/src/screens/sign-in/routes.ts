import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '@/app/inside';

export const signInRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/sign-in',
    /** `next`: the screen that was asked for, within this site. */
    validateSearch: (search: Record<string, unknown>): { next?: string } =>
      typeof search.next === 'string' && /^\/(?![/\\])/.test(search.next) ? { next: search.next } : {},
    component: lazyRouteComponent(() => import('./sign-in-screen'), 'SignInScreen'),
  }),
] as const;
