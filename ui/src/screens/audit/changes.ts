export interface Change {
  name: string;
  /** Null where the entry tells only what is. */
  before: string | null;
  after: string;
}

/** Actions whose details are pairs of what was and what is; lists in the details of others are lists. */
const PAIRED = new Set(['account.change', 'automation.describe']);

/** An entry's detail as lines. */
export function changesOf(action: string, detail: Record<string, unknown>): Change[] {
  return Object.entries(detail).map(([name, value]) =>
    PAIRED.has(action) && Array.isArray(value) && value.length === 2
      ? { name, before: written(value[0]), after: written(value[1]) }
      : { name, before: null, after: written(value) },
  );
}

function written(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(written).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
