import { describe, expect, it } from 'vitest';
import { Formatter } from './format';

const ko = new Formatter('ko');
const en = new Formatter('en');
const NOW = new Date('2026-03-01T00:00:00Z');

describe('percent', () => {
  it('is never all or nothing while one is left out', () => {
    expect(en.percent(999_999, 1_000_000)).toBe('99.9%');
    expect(en.percent(1, 1_000_000)).toBe('0.1%');
    expect(en.percent(1_000_000, 1_000_000)).toBe('100%');
    expect(en.percent(0, 1_000_000)).toBe('0%');
  });

  it('of nothing is nothing', () => {
    expect(ko.percent(0, 0)).toBe('0%');
  });
});

describe('duration', () => {
  it.each([
    [0, '0초', '0 secs'],
    [59.6, '1분', '1 min'],
    [12_000, '3시간 20분', '3 hrs 20 mins'],
    [86_400, '1일', '1 day'],
    [90_061, '1일 1시간', '1 day 1 hr'],
    [-5, '0초', '0 secs'],
  ])('%d seconds', (seconds, korean, english) => {
    expect(ko.duration(seconds)).toBe(korean);
    expect(en.duration(seconds)).toBe(english);
  });
});

describe('relative', () => {
  it.each([
    ['2026-02-28T23:59:58Z', '지금', 'now'],
    ['2026-02-28T23:57:00Z', '3분 전', '3 minutes ago'],
    ['2026-03-01T02:00:00Z', '2시간 후', 'in 2 hours'],
    ['2026-02-28T00:00:00Z', '어제', 'yesterday'],
  ])('%s', (moment, korean, english) => {
    expect(ko.relative(moment, NOW)).toBe(korean);
    expect(en.relative(moment, NOW)).toBe(english);
  });
});

describe('time', () => {
  it('is of the zone asked for, not of this machine', () => {
    expect(ko.time('2026-02-28T15:30:00Z', 'Asia/Seoul')).toContain('2026. 03. 01.');
    expect(en.time('2026-02-28T15:30:00Z', 'UTC')).toBe('28/02/2026, 15:30');
  });
});

describe('bytes', () => {
  it.each([
    [0, '0 byte'],
    [1_023, '1,023 byte'],
    [1_536, '1.5 kB'],
    [5_000_000, '4.8 MB'],
  ])('%d', (size, shown) => {
    expect(en.bytes(size)).toBe(shown);
  });
});
