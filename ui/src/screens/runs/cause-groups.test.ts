import { describe, expect, it } from 'vitest';
import { groupsOf, isRetryable } from './cause-groups';
import type { Cause } from './run-queries';

const cause = (over: Partial<Cause>): Cause => ({
  status: 'FAIL',
  error_kind: 'SES_ERROR',
  error_code: '',
  count: 1,
  ...over,
});

describe('causes', () => {
  it('are one where a retry takes them together, with their codes told apart', () => {
    const groups = groupsOf([
      cause({ error_kind: 'RENDER_ERROR', count: 4 }),
      cause({ error_code: '550', count: 3 }),
      cause({ error_code: '552', count: 2 }),
    ]);
    expect(groups.map(({ kind, count }) => [kind, count])).toEqual([
      ['SES_ERROR', 5],
      ['RENDER_ERROR', 4],
    ]);
    expect(groups[0]?.codes).toEqual([
      { code: '550', count: 3 },
      { code: '552', count: 2 },
    ]);
  });

  it('are not to be retried where nobody knows the outcome, or the row cannot fare better', () => {
    const retryable = (over: Partial<Cause>) => groupsOf([cause(over)]).map(isRetryable)[0];
    expect(retryable({})).toBe(true);
    expect(retryable({ status: 'SKIPPED', error_kind: 'ATTACHMENT_NOT_FOUND' })).toBe(true);
    expect(retryable({ status: 'SKIPPED', error_kind: 'INVALID_ADDRESS' })).toBe(false);
    expect(retryable({ status: 'UNKNOWN', error_kind: 'NO_CLEAR_ANSWER' })).toBe(false);
  });
});
