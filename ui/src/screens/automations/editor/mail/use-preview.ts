import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { asProblem, type Problem, type ProblemField } from '@/api/problem';
import { useMay } from '@/app/session';
import { useEdited } from '../automation-context';
import { fingerprint } from '../use-part';
import type { Template } from './mail-parts';

const TYPED_FOR_MS = 450;

/** Whose mail to show. */
export type Whose = { kind: 'row'; row: number } | { kind: 'key'; key: string[] } | { kind: 'worst' };

export type PreviewedMail = Schemas['PreviewedMailView'];

export interface Preview {
  mails: readonly PreviewedMail[];
  /** Of the template, with field and line. */
  problems: readonly ProblemField[];
  /** Why there is nothing to show. */
  problem: Problem | null;
  isLoading: boolean;
  /** What is shown is older than what is typed. */
  isStale: boolean;
  reload: () => void;
}

/** The mails of chosen rows, as the template is typed. */
export function usePreview(template: Template, whose: Whose): Preview {
  const { id, draft } = useEdited();
  const isOperator = useMay('operator');
  const [typed] = useDebouncedValue(template, TYPED_FOR_MS);
  const hasText = typed.subject !== '' || typed.html !== '' || typed.text !== '';
  const query = useQuery({
    queryKey: keys.automation.part(id, 'preview', {
      whose,
      template: fingerprint(typed),
      queries: fingerprint([draft.dbio, draft.columns]),
    }),
    queryFn: ({ signal }) =>
      data(
        api.POST('/automation/{automation_id}/template/preview', {
          params: { path: { automation_id: id } },
          body: {
            template: typed,
            row_number: whose.kind === 'row' ? whose.row : 1,
            key: whose.kind === 'key' ? whose.key : [],
            worst: whose.kind === 'worst',
          },
          signal,
        }),
      ),
    enabled: isOperator && hasText && draft.dbio.target_query.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  const problem = query.error === null ? null : asProblem(query.error);
  return {
    mails: query.data?.mails ?? [],
    problems: problem === null ? (query.data?.problems ?? []) : problem.fields,
    problem,
    isLoading: query.isLoading,
    isStale: query.isFetching || typed !== template,
    reload: () => void query.refetch(),
  };
}
