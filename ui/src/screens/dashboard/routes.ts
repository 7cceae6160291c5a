import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';
import { textsOf } from '@/lib/search';

export const dashboardRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/',
    /** `period`: how many days back. */
    validateSearch: (search: Record<string, unknown>) => textsOf(search, ['period']),
    component: lazyRouteComponent(() => import('./dashboard-screen'), 'DashboardScreen'),
  }),
] as const;
