import { describe, expect, it } from 'vitest';
import { cronOf, USUAL, wallClock, whenOf } from './timing';

describe('the form of a schedule', () => {
  it.each([
    ['30 8 * * *', 'daily'],
    ['0 9 * * 1', 'weekly'],
    ['0 9 * * 0,6', 'weekly'],
    ['5 0 5 * *', 'monthly'],
    ['0 18 L * *', 'lastDay'],
  ])('says %s and takes it back', (cron, mode) => {
    const when = whenOf(cron);
    expect(when.mode).toBe(mode);
    expect(cronOf(when)).toBe(cron);
  });

  it.each(['*/5 * * * *', '0 9 1,15 * *', '0 9 5 1 *', '0 9 5 * 1', '0 99 * * *', 'nonsense'])(
    'leaves %s as it is',
    (cron) => {
      expect(whenOf(cron)).toMatchObject({ mode: 'cron', cron });
      expect(cronOf(whenOf(cron))).toBe(cron);
    },
  );

  it('counts weekdays in a range, and Sunday once', () => {
    expect(whenOf('0 9 * * 1-5').days).toEqual([1, 2, 3, 4, 5]);
    expect(whenOf('0 9 * * 0,7').days).toEqual([0]);
  });

  it('writes the time that was picked', () => {
    expect(cronOf({ ...USUAL, mode: 'weekly', time: '07:05', days: [5, 1] })).toBe('5 7 * * 1,5');
  });

  it('shows a moment as the zone has it', () => {
    expect(wallClock('2026-12-01T00:00:00Z', 'Asia/Seoul')).toBe('2026-12-01T09:00');
  });
});
