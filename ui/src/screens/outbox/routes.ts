import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export interface OutboxSearch {
  /** A part of an address or a subject. */
  q?: string;
  /** The mail that is open: its message id. */
  mail?: string;
}

export const outboxRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/outbox',
    validateSearch: (search: Record<string, unknown>): OutboxSearch => ({
      ...(typeof search.q === 'string' && search.q !== '' ? { q: search.q } : {}),
      ...(typeof search.mail === 'string' && search.mail !== '' ? { mail: search.mail } : {}),
    }),
    component: lazyRouteComponent(() => import('./outbox-screen'), 'OutboxScreen'),
  }),
] as const;
