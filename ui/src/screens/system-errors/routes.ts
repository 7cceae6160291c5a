import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const systemErrorRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/system-errors',
    /** `show=all`: those that somebody has acknowledged, too. */
    validateSearch: (search: Record<string, unknown>): { show?: 'all' } =>
      search.show === 'all' ? { show: 'all' } : {},
    component: lazyRouteComponent(() => import('./system-errors-screen'), 'SystemErrorsScreen'),
  }),
] as const;
