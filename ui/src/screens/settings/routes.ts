import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export const settingRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/settings',
    component: lazyRouteComponent(() => import('./settings-screen'), 'SettingsScreen'),
  }),
] as const;
