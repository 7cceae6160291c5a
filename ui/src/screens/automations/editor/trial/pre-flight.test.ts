import { afterEach, describe, expect, it, vi } from 'vitest';
import { defectsOf, eventsOf, type PreFlight, preFlight, verdictOf } from './pre-flight';

const found = (reasons: string[]): PreFlight =>
  ({
    blocked: reasons.length > 0,
    reasons: reasons.map((code) => ({ code, message: '' })),
  }) as unknown as PreFlight;

describe('a pre-flight', () => {
  it.each([
    [[], 'go'],
    [['drift'], 'look'],
    [['daily_quota', 'stops'], 'noGo'],
    [['nobody_to_mail'], 'noGo'],
  ])('with the reasons %j says %s', (reasons, verdict) => {
    expect(verdictOf(found(reasons))).toBe(verdict);
  });

  it('counts the most frequent defect first', () => {
    const defect_counts = { RENDER_ERROR: 1, INVALID_ADDRESS: 5, COMPOSE_ERROR: 0 };
    expect(defectsOf({ defect_counts }).map(({ kind }) => kind)).toEqual(['INVALID_ADDRESS', 'RENDER_ERROR']);
  });
});

describe('its events', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('are taken apart, and half of one waits', () => {
    expect(eventsOf('event: progress\ndata: {"recipients": 2}\n\nevent: resu')).toEqual({
      events: [{ event: 'progress', data: '{"recipients": 2}' }],
      rest: 'event: resu',
    });
  });

  it('tell how far it is, and then the result', async () => {
    const text = 'event: progress\ndata: {"recipients": 2}\n\nevent: result\ndata: {"target": 3}\n\n';
    vi.stubGlobal('fetch', async () => new Response(text));
    const told: number[] = [];
    const result = await preFlight('1', new AbortController().signal, (count) => told.push(count));
    expect(told).toEqual([2]);
    expect(result.target).toBe(3);
  });

  it('may end in a problem, or too early', async () => {
    const problem = '{"status": 424, "code": "source_down", "detail": "gone"}';
    vi.stubGlobal('fetch', async () => new Response(`event: problem\ndata: ${problem}\n\n`));
    const signal = new AbortController().signal;
    await expect(preFlight('1', signal, () => {})).rejects.toMatchObject({ code: 'source_down' });
    vi.stubGlobal('fetch', async () => new Response(''));
    await expect(preFlight('1', signal, () => {})).rejects.toMatchObject({ code: 'unreadable_answer' });
  });
});
