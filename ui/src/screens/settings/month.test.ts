import { describe, expect, it } from 'vitest';
import { monthAfter, weeksOf } from './month';

describe('a month', () => {
  it('is laid out in weeks from Sunday on', () => {
    const weeks = weeksOf(2026, 2);
    expect(weeks).toHaveLength(4);
    expect(weeks[0]?.[0]).toBe('2026-02-01');
    expect(weeks.at(-1)?.at(-1)).toBe('2026-02-28');
  });

  it('has room before and after it', () => {
    const weeks = weeksOf(2028, 2);
    expect(weeks[0]).toEqual([
      null,
      null,
      '2028-02-01',
      '2028-02-02',
      '2028-02-03',
      '2028-02-04',
      '2028-02-05',
    ]);
    expect(weeks.at(-1)).toEqual(['2028-02-27', '2028-02-28', '2028-02-29', null, null, null, null]);
  });

  it('is followed by another, in the next year too', () => {
    expect(monthAfter(2026, 12, 1)).toEqual({ year: 2027, month: 1 });
    expect(monthAfter(2026, 1, -1)).toEqual({ year: 2025, month: 12 });
  });
});
