import { describe, expect, it } from 'vitest';
import { daysUpTo } from './dashboard-queries';

describe('the days of a period', () => {
  it('are those of the zone, today included', () => {
    const now = new Date('2026-11-25T16:00:00Z');
    expect(daysUpTo(now, 1, 'Asia/Seoul')).toEqual({ since: '2026-11-26', until: '2026-11-26' });
    expect(daysUpTo(now, 7, 'Asia/Seoul')).toEqual({ since: '2026-11-20', until: '2026-11-26' });
    expect(daysUpTo(now, 30, 'UTC')).toEqual({ since: '2026-10-27', until: '2026-11-25' });
  });

  it('are as many where clocks change', () => {
    const now = new Date('2026-11-02T04:30:00Z');
    expect(daysUpTo(now, 7, 'America/New_York')).toEqual({ since: '2026-10-26', until: '2026-11-01' });
  });
});
