import { MutationCache, QueryClient } from '@tanstack/react-query';
import { asProblem } from '@/api/problem';
import { notifyProblem } from '@/components/notify';

declare module '@tanstack/react-query' {
  interface Register {
    mutationMeta: {
      /** `inline`: the screen shows the problem itself; otherwise it is told in a corner of the window. */
      problem?: 'inline';
    };
  }
}

const MOST_RETRIES = 2;
/** Only what may pass by itself is worth asking again. */
const PASSING = new Set([0, 502, 503, 504]);

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    mutationCache: new MutationCache({
      onError: (error, _variables, _context, mutation) => {
        const problem = asProblem(error);
        if (mutation.meta?.problem !== 'inline' && problem.code !== 'sign_in_abandoned')
          notifyProblem(problem);
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) => {
          const problem = asProblem(error);
          return count < MOST_RETRIES && PASSING.has(problem.status) && problem.code !== 'sign_in_abandoned';
        },
      },
      // What changes something is never repeated by itself.
      mutations: { retry: false },
    },
  });
}
