import { beforeEach, describe, expect, it, vi } from 'vitest';
import { tankFetch } from './client';
import { signInGate } from './gate';
import { Problem } from './problem';
import { readSession, type Session } from './session';

const SESSION: Session = {
  account: { id: '1', name: 'kim', display_name: '김운영', role: 'operator', has_totp: false },
  csrf: 'token-1',
  idle_until: '2026-03-01T00:00:00Z',
  ends_at: '2026-03-01T00:00:00Z',
};
const URL = 'http://localhost/sending/stop';

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });
const problem = (status: number, code: string) => json({ status, code, detail: `detail of ${code}` }, status);

/** Answers in turn; what was asked is kept, with its body read. */
function server(...answers: Response[]) {
  const asked: { method: string; csrf: string | null; body: string }[] = [];
  const fetched = vi.fn(async (input: Request | string) => {
    if (input instanceof Request) {
      asked.push({ method: input.method, csrf: input.headers.get('x-tank-csrf'), body: await input.text() });
    }
    const answer = answers.shift();
    if (answer === undefined) throw new TypeError('Failed to fetch');
    return answer;
  });
  vi.stubGlobal('fetch', fetched);
  return asked;
}

beforeEach(async () => {
  server(json(SESSION));
  await readSession();
});

describe('a request', () => {
  it('that changes something carries the CSRF token of the session', async () => {
    const asked = server(json({}), json({}));
    await tankFetch(new Request(URL, { method: 'POST', body: '{}' }));
    await tankFetch(new Request(URL));
    expect(asked.map((one) => one.csrf)).toEqual(['token-1', null]);
  });

  it('that is refused is a problem with all that the server said', async () => {
    server(
      json(
        {
          status: 422,
          code: 'invalid_request',
          detail: 'No.',
          problems: [{ field: 'name', message: 'too long', code: 'x' }],
        },
        422,
      ),
    );
    const error = await tankFetch(new Request(URL)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ status: 422, code: 'invalid_request', detail: 'No.' });
    expect((error as Problem).field('name')).toBe('too long');
  });

  it('that is too early says when to come again', async () => {
    server(json({ status: 429, code: 'too_many_tries', detail: '' }, 429, { 'retry-after': '30' }));
    await expect(tankFetch(new Request(URL))).rejects.toMatchObject({
      code: 'too_many_tries',
      retryAfter: 30,
    });
  });

  it('that a proxy answers is a problem too', async () => {
    server(new Response('<h1>Bad gateway</h1>', { status: 502 }));
    await expect(tankFetch(new Request(URL))).rejects.toMatchObject({
      status: 502,
      code: 'unreadable_answer',
    });
  });

  it('that reaches nobody is a problem too', async () => {
    server();
    await expect(tankFetch(new Request(URL))).rejects.toMatchObject({ status: 0, code: 'unreachable' });
  });
});

describe('a lost session', () => {
  it('holds the requests back, and sends them again with their bodies once somebody has signed in', async () => {
    const lost = [problem(401, 'sign_in_required'), problem(401, 'sign_in_required')];
    const asked = server(...lost, json({ ok: true }), json({ ok: true }));
    const both = [
      tankFetch(new Request(URL, { method: 'POST', body: 'typed' })),
      tankFetch(new Request(URL)),
    ];
    await vi.waitFor(() => expect(asked).toHaveLength(2));
    await vi.waitFor(() => expect(signInGate.isClosed()).toBe(true));
    signInGate.open();
    for (const answer of both) expect(await (await answer).json()).toEqual({ ok: true });
    const repeated = asked.slice(2).sort((one, other) => one.method.localeCompare(other.method));
    expect(repeated.map((one) => [one.method, one.body])).toEqual([
      ['GET', ''],
      ['POST', 'typed'],
    ]);
    expect(signInGate.isClosed()).toBe(false);
  });

  it('that nobody restores is told to whoever waits', async () => {
    server(problem(401, 'sign_in_required'));
    const waiting = tankFetch(new Request(URL));
    await vi.waitFor(() => expect(signInGate.isClosed()).toBe(true));
    signInGate.abandon();
    await expect(waiting).rejects.toMatchObject({ code: 'sign_in_abandoned' });
  });

  it('is not what a wrong token is', async () => {
    server(problem(401, 'token_required'));
    await expect(tankFetch(new Request(URL))).rejects.toMatchObject({ code: 'token_required' });
    expect(signInGate.isClosed()).toBe(false);
  });
});
