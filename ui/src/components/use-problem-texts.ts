import i18next, { type TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Problem } from '@/api/problem';

/** Where only the server knows what exactly is meant: which role, which rule. */
const DETAILED = new Set([
  'not_allowed',
  'weak_password',
  'unreadable_answer',
  'bad_options',
  'connection_in_use',
  'sender_in_use',
  'source_error',
  'send_error',
  'misconfigured',
]);

export interface ProblemTexts {
  title: string;
  /** What the server said in its own words, where ours do not say it all. */
  detail: string | null;
  remedy: string | null;
}

/** A problem in the reader's language: by its code where we have words for it, else as the server put it. */
export function problemTexts(
  problem: Problem,
  t: TFunction<'problems'> = i18next.getFixedT(null, 'problems'),
): ProblemTexts {
  const ours = t(`codes.${problem.code}` as 'codes.unreachable', {
    defaultValue: '',
    seconds: problem.retryAfter ?? '?',
  });
  const remedy = t(`remedies.${problem.code}` as 'remedies.unreachable', { defaultValue: '' });
  if (ours === '') return { title: problem.detail, detail: null, remedy: problem.remedy };
  return {
    title: ours,
    detail: DETAILED.has(problem.code) ? problem.detail : null,
    remedy: remedy === '' ? problem.remedy : remedy,
  };
}

export function useProblemTexts(problem: Problem): ProblemTexts {
  const { t } = useTranslation('problems');
  return problemTexts(problem, t);
}
