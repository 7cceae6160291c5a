import type { Diagnostic } from '@codemirror/lint';
import type { Text } from '@codemirror/state';

/** What is wrong somewhere in a text; both numbers begin at 1. */
export interface Mark {
  message: string;
  line?: number | null;
  position?: number | null;
}

/** The marked words or lines; a mark without a place, or beyond the text, has nothing to show. */
export function marksOf(marks: readonly Mark[], doc: Text): Diagnostic[] {
  return marks.flatMap(({ message, line, position }) => {
    const range = position != null ? wordAt(doc, position - 1) : line != null ? lineAt(doc, line) : null;
    return range === null ? [] : [{ ...range, severity: 'error' as const, message }];
  });
}

function wordAt(doc: Text, from: number): { from: number; to: number } | null {
  if (from < 0 || from >= doc.length)
    return doc.length === 0 ? null : { from: doc.length - 1, to: doc.length };
  const rest = doc.sliceString(from, Math.min(from + 200, doc.length));
  const length = rest.match(/^[\p{L}\p{N}_$#."]+/u)?.[0].length ?? 1;
  return { from, to: from + length };
}

function lineAt(doc: Text, number: number): { from: number; to: number } | null {
  if (number < 1 || number > doc.lines) return null;
  const { from, to } = doc.line(number);
  return { from, to };
}
