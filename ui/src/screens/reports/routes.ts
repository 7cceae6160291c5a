import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { inside } from '@/app/inside';
import { PERIODS, type PeriodName } from './period';

export interface ReportSearch {
  period?: PeriodName;
  /** First and last day of a period of one's own: 2026-11-01. */
  since?: string;
  until?: string;
  automation?: string;
  by?: ReportPart;
}

export const REPORT_PARTS = ['day', 'automation', 'error', 'run'] as const;
export type ReportPart = (typeof REPORT_PARTS)[number];

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
        by: oneOf(REPORT_PARTS, search.by),
      };
      return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
    },
    component: lazyRouteComponent(() => import('./reports-screen'), 'ReportsScreen'),
  }),
] as const;
