import type { Schemas } from '@/api/client';
import { tankFetch } from '@/api/client';
import { Problem } from '@/api/problem';

export type PreFlight = Schemas['PreFlightView'];

/** What no confirmation helps against: a run would mail nobody. */
const FINAL = new Set(['stops', 'nobody_to_mail']);

export type Verdict = 'go' | 'look' | 'noGo';

/** Whether the automation may run: with a reason against it, somebody has to say that it is right so. */
export function verdictOf(found: PreFlight): Verdict {
  if (found.reasons.some(({ code }) => FINAL.has(code))) return 'noGo';
  return found.blocked || found.reasons.length > 0 ? 'look' : 'go';
}

/** How many recipients each kind of defect keeps from being mailed; the most first. */
export function defectsOf(found: {
  defect_counts: Record<string, number>;
}): { kind: string; count: number }[] {
  return Object.entries(found.defect_counts)
    .map(([kind, count]) => ({ kind, count }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

interface ServerEvent {
  event: string;
  data: string;
}

/** The events of a stream's text so far, and what is left of it that is no whole event yet. */
export function eventsOf(text: string): { events: ServerEvent[]; rest: string } {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.map((block) => {
    const lines = block.split('\n');
    const field = (name: string) =>
      lines
        .filter((line) => line.startsWith(`${name}: `))
        .map((line) => line.slice(name.length + 2))
        .join('\n');
    return { event: field('event'), data: field('data') };
  });
  return { events, rest };
}

/** Goes through all recipients; `tell` hears each second how many are done. It ends when `signal` says so. */
export async function preFlight(
  id: string,
  signal: AbortSignal,
  tell: (recipients: number) => void,
): Promise<PreFlight> {
  const path = `/automation/${encodeURIComponent(id)}/pre-flight/events`;
  const response = await tankFetch(new Request(new URL(path, location.origin), { method: 'POST', signal }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader !== undefined) {
    const { value, done } = await reader.read();
    if (done) break;
    const { events, rest } = eventsOf(text + value);
    text = rest;
    for (const { event, data } of events) {
      const parsed: unknown = JSON.parse(data);
      if (event === 'progress') tell((parsed as { recipients: number }).recipients);
      else if (event === 'result') return parsed as PreFlight;
      else throw new Problem(parsed as ConstructorParameters<typeof Problem>[0]);
    }
  }
  throw Problem.local('unreadable_answer', 'The answer ended before its result.');
}
