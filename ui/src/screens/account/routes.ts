import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const accountRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/account',
    component: lazyRouteComponent(() => import('./account-screen'), 'AccountScreen'),
  }),
] as const;
