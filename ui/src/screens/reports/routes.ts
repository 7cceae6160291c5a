import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const reportRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/reports',
    component: lazyRouteComponent(() => import('@/screens/coming/coming-screen'), 'ComingScreen'),
  }),
] as const;
