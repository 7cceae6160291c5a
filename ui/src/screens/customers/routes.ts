import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';
import { textsOf } from '@/lib/search';

export const customerRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/customers',
    /** `q`: whom to look for: a whole address or a whole key. */
    validateSearch: (search: Record<string, unknown>) => textsOf(search, ['q']),
    component: lazyRouteComponent(() => import('./customers-screen'), 'CustomersScreen'),
  }),
] as const;
