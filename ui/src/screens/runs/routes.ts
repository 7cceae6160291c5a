import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const runRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/runs',
    component: lazyRouteComponent(() => import('@/screens/coming/coming-screen'), 'ComingScreen'),
  }),
] as const;
