import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const deliveryRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/deliveries/$deliveryId',
    component: lazyRouteComponent(() => import('./delivery-screen'), 'DeliveryScreen'),
  }),
] as const;
