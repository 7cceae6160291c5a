import { Problem, problemOf } from './problem';

/** Each may do all that the ones before may. */
export const ROLES = ['viewer', 'operator', 'approver', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface SignedInAccount {
  id: string;
  name: string;
  display_name: string;
  role: Role;
  has_totp: boolean;
}

export interface Session {
  account: SignedInAccount;
  csrf: string;
  idle_until: string;
  ends_at: string;
}

export interface SignInHints {
  needs_setup: boolean;
  demo: { account: string; password: string } | null;
  single_sign_on: { name: string; url: string } | null;
}

export interface OneTimeLink {
  purpose: 'first_admin' | 'set_password';
  account: string | null;
  valid_until: string;
}

export interface Credentials {
  account: string;
  password: string;
  code?: string;
}

export interface LinkUse {
  link: string;
  account?: string;
  display_name?: string;
  password: string;
}

/** Whether `role` may do what asks for `needed`. */
export function mayAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

// The session, as every request needs it: outside React, with React subscribed to it.

let current: Session | null = null;
const listeners = new Set<() => void>();

export function currentSession(): Session | null {
  return current;
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(session: Session | null): void {
  current = session;
  for (const listener of listeners) listener();
}

// The calls. They go past the client in ./client.ts: a lost session must not ask for itself.

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method !== 'GET' && current !== null ? { 'x-tank-csrf': current.csrf } : {}),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch (error) {
    throw Problem.local('unreachable', String(error));
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const readHints = (): Promise<SignInHints> => call('GET', '/session/hints');

/** The session of the cookie; null where nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  try {
    become(await call<Session>('GET', '/session'));
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'sign_in_required')) throw error;
    become(null);
  }
  return current;
}

/** Throws the problems `wrong_credentials`, `code_required`, `wrong_code` and `too_many_tries`. */
export async function signIn(credentials: Credentials): Promise<Session> {
  const session = await call<Session>('POST', '/session', credentials);
  become(session);
  return session;
}

export async function signOut(): Promise<void> {
  try {
    await call<void>('DELETE', '/session');
  } catch (error) {
    if (!(error instanceof Problem && error.code === 'sign_in_required')) throw error;
  }
  become(null);
}

export const readLink = (link: string): Promise<OneTimeLink> =>
  call('GET', `/session/link?link=${encodeURIComponent(link)}`);

export async function redeemLink(use: LinkUse): Promise<Session> {
  const session = await call<Session>('POST', '/session/link', use);
  become(session);
  return session;
}
