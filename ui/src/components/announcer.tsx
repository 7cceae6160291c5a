import { VisuallyHidden } from '@mantine/core';
import { useSyncExternalStore } from 'react';

let said = '';
const listeners = new Set<() => void>();

/** Tell screen readers what changed where they are not looking: "12 found", "saved". */
export function announce(text: string): void {
  // The same words twice would be no change, and not be read.
  said = said === text ? `${text}\u00a0` : text;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Where `announce` is heard; once in the document. */
export function Announcer() {
  const text = useSyncExternalStore(subscribe, () => said);
  return <VisuallyHidden aria-live="polite">{text}</VisuallyHidden>;
}
