import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const senderRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/senders',
    component: lazyRouteComponent(() => import('./senders-screen'), 'SendersScreen'),
  }),
] as const;
