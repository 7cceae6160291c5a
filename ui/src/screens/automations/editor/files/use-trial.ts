import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import { asProblem, type Problem } from '@/api/problem';
import { useMay } from '@/app/session';
import { useEdited } from '../automation-context';
import { fingerprint } from '../use-part';
import type { Rule } from './files-section';

const TYPED_FOR_MS = 700;
const FIRST = 100;

export interface Trial {
  report: Schemas['RuleTrialReportView'] | undefined;
  problem: Problem | null;
  isLooking: boolean;
  /** Of how many recipients the files are looked for. */
  rows: number;
  setRows: (rows: number) => void;
  reload: () => void;
}

/** Looks for the files of the first recipients, as the rules are typed. */
export function useTrial(rules: readonly Rule[]): Trial {
  const { id, draft } = useEdited();
  const isOperator = useMay('operator');
  const [rows, setRows] = useState(FIRST);
  const [typed] = useDebouncedValue(rules, TYPED_FOR_MS);
  const isComplete = typed.length > 0 && typed.every((rule) => rule.pattern.trim() !== '');
  const query = useQuery({
    queryKey: keys.automation.part(id, 'trial', {
      rows,
      rules: fingerprint(typed),
      of: fingerprint(draft.dbio),
    }),
    queryFn: ({ signal }) =>
      data(
        api.POST('/automation/{automation_id}/attachments/test', {
          params: { path: { automation_id: id } },
          body: { rows, rules: [...typed] },
          signal,
        }),
      ),
    enabled: isOperator && isComplete && draft.dbio.target_query.trim() !== '',
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 30_000,
  });
  const isOfThese = query.data?.rules.length === rules.length;
  return {
    report: isOfThese ? query.data : undefined,
    problem: query.error === null ? null : asProblem(query.error),
    isLooking: query.isFetching,
    rows,
    setRows,
    reload: () => void query.refetch(),
  };
}
