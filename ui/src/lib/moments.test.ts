import { describe, expect, it } from 'vitest';
import { beginOf } from './moments';

describe('the beginning of a day', () => {
  it.each([
    ['2026-11-26', 'Asia/Seoul', 0, '2026-11-25T15:00:00.000Z'],
    ['2026-11-26', 'Asia/Seoul', 1, '2026-11-26T15:00:00.000Z'],
    ['2026-11-26', 'UTC', 0, '2026-11-26T00:00:00.000Z'],
    // The clock goes on at 02:00 of 29 March 2026, and back on 25 October.
    ['2026-03-29', 'Europe/Berlin', 0, '2026-03-28T23:00:00.000Z'],
    ['2026-03-29', 'Europe/Berlin', 1, '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', 'Europe/Berlin', 1, '2026-10-25T23:00:00.000Z'],
  ])('%s in %s, %d later, is %s', (day, zone, later, moment) => {
    expect(beginOf(day, zone, later)).toBe(moment);
  });
});
