import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';
import { textsOf } from '@/lib/search';

export const runRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/runs',
    /** `state`: one of a job's states, or `active`. */
    validateSearch: (search: Record<string, unknown>) => textsOf(search, ['automation', 'state']),
    component: lazyRouteComponent(() => import('./runs-screen'), 'RunsScreen'),
  }),
  createRoute({
    getParentRoute: () => inside,
    path: '/runs/$runId',
    /** Which deliveries are shown. */
    validateSearch: (search: Record<string, unknown>) => textsOf(search, ['status', 'cause', 'update', 'q']),
    component: lazyRouteComponent(() => import('./run-screen'), 'RunScreen'),
  }),
] as const;
