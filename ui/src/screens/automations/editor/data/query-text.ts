/** What Tank itself provides to an update query. */
export const TANK_BINDS = ['tank_message_id', 'tank_sent_at', 'tank_run_id', 'tank_delivery_id'] as const;

/** The binds of a query in their order, each once; texts, comments and `::` are passed over. */
export function bindsOf(sql: string): string[] {
  const code = sql
    .replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .replaceAll(/"[^"]*"/g, '""');
  const found = new Map<string, string>();
  for (const match of code.matchAll(/(?<![:\p{L}\p{N}_]):([\p{L}_][\p{L}\p{N}_$#]*)/gu)) {
    const name = match[1] ?? '';
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), name);
  }
  return [...found.values()];
}

/** Line and column, both from 1, of a 1-based position in a text. */
export function placeOf(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position - 1);
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
