import { describe, expect, it } from 'vitest';
import { dayIn, periodOf } from './period';

/** 1 March in Seoul, still February in London. */
const now = new Date('2028-02-29T15:30:00Z');

describe('a period', () => {
  it('is of the days of its zone', () => {
    expect(dayIn('Asia/Seoul', now)).toBe('2028-03-01');
    expect(dayIn('Europe/London', now)).toBe('2028-02-29');
  });

  it.each([
    ['today', '2028-03-01', '2028-03-01'],
    ['yesterday', '2028-02-29', '2028-02-29'],
    ['week', '2028-02-24', '2028-03-01'],
    ['days30', '2028-02-01', '2028-03-01'],
    ['month', '2028-03-01', '2028-03-01'],
  ] as const)('%s goes from %s to %s', (name, since, until) => {
    expect(periodOf(name, 'Asia/Seoul', now)).toEqual({ since, until });
  });
});
