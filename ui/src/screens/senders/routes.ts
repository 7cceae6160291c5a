import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const senderRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/senders',
    component: lazyRouteComponent(() => import('@/screens/coming/coming-screen'), 'ComingScreen'),
  }),
] as const;
