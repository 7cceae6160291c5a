import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '@/app/inside';

export interface SignInSearch {
  /** The screen that was asked for. */
  next?: string;
  /** Why the company's own sign-in let nobody in: a problem's code, and its words. */
  problem?: string;
  detail?: string;
}

const CODE = /^[a-z_]{1,60}$/;
const LONGEST_DETAIL = 500;

function signInSearch({ next, problem, detail }: Record<string, unknown>): SignInSearch {
  return {
    ...(typeof next === 'string' ? { next } : {}),
    ...(typeof problem === 'string' && CODE.test(problem) ? { problem } : {}),
    ...(typeof detail === 'string' ? { detail: detail.slice(0, LONGEST_DETAIL) } : {}),
  };
}

export const signInRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/sign-in',
    validateSearch: signInSearch,
    component: lazyRouteComponent(() => import('./sign-in-screen'), 'SignInScreen'),
  }),
] as const;
