import type { QueryClient } from '@tanstack/react-query';
import { createRouter, parseSearchWith, stringifySearchWith } from '@tanstack/react-router';
import { ScreenSkeleton } from '@/components/skeletons';
import { accountRoutes } from '@/screens/account/routes';
import { auditRoutes } from '@/screens/audit/routes';
import { automationRoutes } from '@/screens/automations/routes';
import { connectionRoutes } from '@/screens/connections/routes';
import { customerRoutes } from '@/screens/customers/routes';
import { dashboardRoutes } from '@/screens/dashboard/routes';
import { deliveryRoutes } from '@/screens/deliveries/routes';
import { outboxRoutes } from '@/screens/outbox/routes';
import { peopleRoutes } from '@/screens/people/routes';
import { reportRoutes } from '@/screens/reports/routes';
import { runRoutes } from '@/screens/runs/routes';
import { senderRoutes } from '@/screens/senders/routes';
import { settingRoutes } from '@/screens/settings/routes';
import { signInRoutes } from '@/screens/sign-in/routes';
import { systemErrorRoutes } from '@/screens/system-errors/routes';
import { welcomeRoutes } from '@/screens/welcome/routes';
import { CrashPage } from './crash-page';
import { inside, nowhere, rootRoute } from './inside';
import { NotFoundPage } from './not-found-page';

const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  ...welcomeRoutes,
  inside.addChildren([
    ...dashboardRoutes,
    ...automationRoutes,
    ...runRoutes,
    ...deliveryRoutes,
    ...customerRoutes,
    ...outboxRoutes,
    ...reportRoutes,
    ...systemErrorRoutes,
    ...auditRoutes,
    ...connectionRoutes,
    ...senderRoutes,
    ...peopleRoutes,
    ...settingRoutes,
    ...accountRoutes,
    nowhere,
  ]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    basepath: '/app',
    context: { queryClient },
    // Plain text, as people write links: a customer number is no number, and needs no quotes.
    parseSearch: parseSearchWith((value) => value),
    stringifySearch: stringifySearchWith(JSON.stringify),
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingMs: 150,
    defaultPendingComponent: ScreenSkeleton,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}
