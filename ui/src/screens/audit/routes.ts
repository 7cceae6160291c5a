import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const auditRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/audit',
    component: lazyRouteComponent(() => import('@/screens/coming/coming-screen'), 'ComingScreen'),
  }),
] as const;
