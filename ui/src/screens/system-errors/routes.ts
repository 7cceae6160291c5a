import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const systemErrorRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/system-errors',
    component: lazyRouteComponent(() => import('@/screens/coming/coming-screen'), 'ComingScreen'),
  }),
] as const;
