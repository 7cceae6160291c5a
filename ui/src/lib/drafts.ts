import { useCallback, useEffect, useRef, useState } from 'react';
import { currentSession } from '@/api/session';
import { forget, keep, kept, keptNames } from './storage';

const PREFIX = 'tank-draft';
const KEPT_AFTER_MS = 400;
/** Older drafts are of no use to anybody. */
const GOOD_FOR_MS = 30 * 86_400_000;

interface Kept<T> {
  value: T;
  /** What the value was typed over, for example the automation's draft_version. */
  base: string;
  at: number;
}

export interface Draft<T> {
  value: T;
  set: (value: T) => void;
  /** Something is typed that is not saved. */
  isDirty: boolean;
  /** It was typed before this page was loaded: tell its owner. */
  isRestored: boolean;
  /** What is saved was changed by somebody else since this was typed. */
  isOutdated: boolean;
  /** Saved, or thrown away: go on from what the server has. */
  clear: () => void;
  /** `sent` is saved, and `base` the version that it made: only what was typed since stays a draft. */
  settle: (sent: T, base: string) => void;
}

/**
 * What somebody types, kept in this browser until it is saved: it survives a reload, a crash and a lost session.
 *
 * `name` tells where it belongs (`automation/<id>/template`), `saved` is what the server has, `base` its version.
 * Values must be JSON; passwords and personal data do not belong here.
 */
export function useDraft<T>(name: string, saved: T, base: string): Draft<T> {
  const key = `${PREFIX}/${currentSession()?.account.id ?? 'nobody'}/${name}`;
  const [found] = useState(() => read<T>(key));
  const [draft, setDraft] = useState<Kept<T> | null>(found);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const unsaved = useRef<Kept<T> | null>(null);
  const latest = useRef(draft);
  latest.current = draft;

  const flush = useCallback(() => {
    clearTimeout(timer.current);
    if (unsaved.current !== null) keep(key, JSON.stringify(unsaved.current));
    unsaved.current = null;
  }, [key]);

  useEffect(() => {
    addEventListener('pagehide', flush);
    return () => {
      removeEventListener('pagehide', flush);
      flush();
    };
  }, [flush]);

  const set = useCallback(
    (value: T) => {
      setDraft((before) => {
        unsaved.current = { value, base: before?.base ?? base, at: Date.now() };
        return unsaved.current;
      });
      clearTimeout(timer.current);
      timer.current = setTimeout(flush, KEPT_AFTER_MS);
    },
    [base, flush],
  );

  const clear = useCallback(() => {
    clearTimeout(timer.current);
    unsaved.current = null;
    forget(key);
    setDraft(null);
  }, [key]);

  const settle = useCallback(
    (sent: T, newBase: string) => {
      const now = unsaved.current ?? latest.current;
      if (now === null || now.value === sent) {
        clear();
        return;
      }
      unsaved.current = { ...now, base: newBase };
      setDraft(unsaved.current);
      flush();
    },
    [clear, flush],
  );

  return {
    value: draft === null ? saved : draft.value,
    set,
    isDirty: draft !== null,
    isRestored: draft !== null && draft === found,
    isOutdated: draft !== null && draft.base !== base,
    clear,
    settle,
  };
}

/** Whether something not saved is kept under a name that begins so. */
export function hasDraft(name: string): boolean {
  return keptNames(`${PREFIX}/${currentSession()?.account.id ?? 'nobody'}/${name}`).length > 0;
}

/** Throw away what is too old; called once when the screens start. */
export function forgetOldDrafts(now: number = Date.now()): void {
  for (const name of keptNames(`${PREFIX}/`)) {
    const draft = read<unknown>(name);
    if (draft === null || now - draft.at > GOOD_FOR_MS) forget(name);
  }
}

function read<T>(key: string): Kept<T> | null {
  try {
    const text = kept(key);
    if (text === null) return null;
    const value: unknown = JSON.parse(text);
    const sound =
      typeof value === 'object' && value !== null && 'value' in value && 'base' in value && 'at' in value;
    return sound ? (value as Kept<T>) : null;
  } catch {
    return null;
  }
}
