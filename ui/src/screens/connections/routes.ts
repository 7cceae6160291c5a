import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const connectionRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/connections',
    component: lazyRouteComponent(() => import('./connections-screen'), 'ConnectionsScreen'),
  }),
] as const;
