import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';

export interface AuditSearch {
  actor?: string;
  /** How the action begins: `automation.` */
  action?: string;
  subject?: string;
  /** First and last day: 2026-11-01. */
  since?: string;
  until?: string;
}

const NAMES = ['actor', 'action', 'subject', 'since', 'until'] as const;

export const auditRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/audit',
    validateSearch: (search: Record<string, unknown>): AuditSearch =>
      Object.fromEntries(
        NAMES.flatMap((name) => {
          const value = search[name];
          return typeof value === 'string' && value !== '' ? [[name, value]] : [];
        }),
      ),
    component: lazyRouteComponent(() => import('./audit-screen'), 'AuditScreen'),
  }),
] as const;
