import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';
import type { PeriodName } from './period';

export interface ReportSearch {
  period?: PeriodName;
  /** First and last day of a period of one's own: 2026-11-01. */
  since?: string;
  until?: string;
  automation?: string;
  by?: ReportPart;
}

export type ReportPart = 'day' | 'automation' | 'error' | 'run';

// Not those of the screen: what is shared with it would be a file of its own that every page has to fetch.
const PERIODS: readonly PeriodName[] = ['today', 'yesterday', 'week', 'days30', 'month', 'own'];
const PARTS: readonly ReportPart[] = ['day', 'automation', 'error', 'run'];

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const day = (value: unknown) => (typeof value === 'string' && DAY.test(value) ? value : undefined);
const oneOf = <T extends string>(known: readonly T[], value: unknown) => known.find((one) => one === value);

export const reportRoutes = [
  createRoute({
    getParentRoute: () => inside,
    path: '/reports',
    validateSearch: (search: Record<string, unknown>): ReportSearch => {
      const found = {
        period: oneOf(PERIODS, search.period),
        since: day(search.since),
        until: day(search.until),
        automation: typeof search.automation === 'string' ? search.automation : undefined,
        by: oneOf(PARTS, search.by),
      };
      return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
    },
    component: lazyRouteComponent(() => import('./reports-screen'), 'ReportsScreen'),
  }),
] as const;
