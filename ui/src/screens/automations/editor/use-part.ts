import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { keys } from '@/api/keys';
import { asProblem, type Problem, type ProblemField } from '@/api/problem';
import { announce } from '@/components/announcer';
import { useDraft } from '@/lib/drafts';
import { type AutomationDetail, readAutomation, type Saved } from '../actions';
import { edited, type FullDefinition, useEdited } from './automation-context';

export interface PartOptions<T> {
  /** Which part of the draft it is, for the name under which it is kept: `template`. */
  name: string;
  pick: (draft: FullDefinition) => T;
  send: (id: string, value: T, version: number) => Promise<Saved>;
  onSaved?: (saved: Saved) => void;
}

export interface Part<T> {
  value: T;
  set: (value: T) => void;
  /** What the server has. */
  saved: T;
  isDirty: boolean;
  isRestored: boolean;
  isSaving: boolean;
  /** Why the last save was refused. */
  problem: Problem | null;
  /** What does not fit together yet, of the last save. */
  warnings: readonly ProblemField[];
  /** Somebody else has saved this part since it was typed over. */
  isOutdated: boolean;
  /** A save was tried though somebody else saved meanwhile: let the operator choose. */
  isConflicting: boolean;
  /** Resolves to what was saved, or null where it was not. */
  save: () => Promise<Saved | null>;
  /** Save one's own over theirs. */
  overwrite: () => Promise<Saved | null>;
  discard: () => void;
  later: () => void;
}

/**
 * A part of an automation's draft that somebody edits: kept in this browser while it is not saved, and never saved
 * over somebody else's work unasked. Other parts that somebody saved meanwhile stand in nobody's way.
 */
export function usePart<T>({ name, pick, send, onSaved }: PartOptions<T>): Part<T> {
  const { t } = useTranslation('editor');
  const automation = useEdited();
  const client = useQueryClient();
  const saved = pick(automation.draft);
  const base = useMemo(() => fingerprint(saved), [saved]);
  const draft = useDraft<T>(`automation/${automation.id}/${name}`, saved, base);
  const [isConflicting, setConflicting] = useState(false);
  // What was just saved, until the answer has come round as what the server has: nothing flickers back meanwhile.
  const [justSaved, setJustSaved] = useState<{ value: T; base: string } | null>(null);
  useEffect(() => {
    if (justSaved?.base === base) setJustSaved(null);
  }, [justSaved, base]);
  const key = keys.automation.one(automation.id);

  const mutation = useMutation({
    mutationFn: async (value: T) => {
      try {
        // The newest known: of several parts that are saved one after another, each makes a version.
        const known = client.getQueryData<AutomationDetail>(key) ?? automation;
        return await send(automation.id, value, known.draft_version);
      } catch (error) {
        if (asProblem(error).code !== 'draft_version_conflict') throw error;
        const fresh = await readAutomation(automation.id);
        client.setQueryData(key, fresh);
        if (fingerprint(pick(edited(fresh).draft)) !== base) {
          setConflicting(true);
          throw error;
        }
        return send(automation.id, value, fresh.draft_version);
      }
    },
    onSuccess: (answer, value) => {
      client.setQueryData(key, answer.automation);
      void client.invalidateQueries({ queryKey: keys.automation.all, refetchType: 'none' });
      const made = pick(edited(answer.automation).draft);
      setJustSaved({ value: made, base: fingerprint(made) });
      draft.settle(value, fingerprint(made));
      announce(t('saved'));
      onSaved?.(answer);
    },
    meta: { problem: 'inline' },
  });

  const attempt = (value: T) => mutation.mutateAsync(value).catch(() => null);
  const problem = mutation.error === null ? null : asProblem(mutation.error);
  return {
    value: !draft.isDirty && justSaved !== null ? justSaved.value : draft.value,
    set: draft.set,
    saved,
    isDirty: draft.isDirty && fingerprint(draft.value) !== base,
    isRestored: draft.isRestored,
    isSaving: mutation.isPending,
    problem: problem?.code === 'draft_version_conflict' ? null : problem,
    warnings: mutation.data?.warnings ?? [],
    isOutdated: draft.isOutdated && justSaved === null,
    isConflicting: isConflicting && draft.isOutdated,
    save: async () => {
      if (mutation.isPending) return null;
      if (!draft.isOutdated) return attempt(draft.value);
      setConflicting(true);
      return null;
    },
    overwrite: async () => {
      setConflicting(false);
      return attempt(draft.value);
    },
    discard: () => {
      setConflicting(false);
      mutation.reset();
      draft.clear();
    },
    later: () => setConflicting(false),
  };
}

/** Ctrl-S or Cmd-S, wherever the focus is. */
export function useSaveKey(save: () => void): void {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== 's') return;
      event.preventDefault();
      if (!event.repeat) latest.current();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}

/** A short name for a value: equal values have equal ones (FNV-1a over its JSON). */
export function fingerprint(value: unknown): string {
  const text = JSON.stringify(value);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return `${text.length}-${(hash >>> 0).toString(36)}`;
}
