import createClient from 'openapi-fetch';
import { signInGate } from './gate';
import { Problem, problemOf } from './problem';
import type { components, paths } from './schema';
import { currentSession } from './session';

/** The API's own names for what it sends: `Schemas['RunView']`. */
export type Schemas = components['schemas'];

const SAFE = new Set(['GET', 'HEAD']);

/**
 * `fetch` as Tank's API wants it: with the CSRF header, and once more after the person has signed in again.
 * Every answer that is no success is thrown as a `Problem`.
 */
export async function tankFetch(request: Request): Promise<Response> {
  const again = request.clone();
  try {
    return await send(request);
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'sign_in_required')) throw error;
    await signInGate.wait();
    return send(again);
  }
}

async function send(request: Request): Promise<Response> {
  const session = currentSession();
  if (session !== null && !SAFE.has(request.method)) request.headers.set('x-tank-csrf', session.csrf);
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw Problem.local('unreachable', String(error));
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** Typed by our own OpenAPI: `api.GET('/run/{run_id}', { params: { path: { run_id } } })`. */
export const api = createClient<paths>({ baseUrl: globalThis.location?.origin ?? '', fetch: tankFetch });

/** The data of an answer, or its `Problem` thrown: `const run = await data(api.GET(…))`. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  // tankFetch has thrown whatever is no success, so `data` is there (undefined for a 204, as its type says).
  return (await answer).data as T;
}
