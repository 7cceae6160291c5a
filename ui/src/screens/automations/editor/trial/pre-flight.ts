import type { Schemas } from '@/api/client';

type DryRun = Schemas['DryRunView'];

/** How many recipients each kind of defect keeps from being mailed; the most first. */
export function defectsOf(found: DryRun): { kind: string; count: number }[] {
  return Object.entries(found.defect_counts)
    .map(([kind, count]) => ({ kind, count: count ?? 0 }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** More or fewer recipients than the last run by more than this share need a second look. */
const MOST_DRIFT = 0.3;
/** More recipients left out than this share need one, too. */
const MOST_LEFT_OUT = 0.1;

export interface Doubt {
  kind: 'stops' | 'nobody' | 'drift' | 'leftOut';
  /** It cannot be gone on with; otherwise somebody may say that it is right so. */
  isFinal: boolean;
}

/** What speaks against sending now. `before` is the target count of the last run, null where there was none. */
export function doubtsOf(found: DryRun, before: number | null): Doubt[] {
  const doubts: Doubt[] = [];
  if (found.stops.length > 0) doubts.push({ kind: 'stops', isFinal: true });
  if (found.would_send === 0) doubts.push({ kind: 'nobody', isFinal: true });
  if (before !== null && before > 0 && Math.abs(found.target - before) / before > MOST_DRIFT)
    doubts.push({ kind: 'drift', isFinal: false });
  if (
    found.target > 0 &&
    found.would_send > 0 &&
    (found.target - found.would_send) / found.target > MOST_LEFT_OUT
  )
    doubts.push({ kind: 'leftOut', isFinal: false });
  return doubts;
}
