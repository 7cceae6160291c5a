import { useSyncExternalStore } from 'react';
import { keep, kept } from './storage';

const STORED = 'tank-zone';
const listeners = new Set<() => void>();

/** The zone that this browser's clock is set to. */
export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether the browser knows an IANA zone of that name. */
export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

function chosenZone(): string {
  const zone = kept(STORED);
  return zone !== null && isZone(zone) ? zone : browserZone();
}

/** Show all moments in this zone from now on. */
export function chooseZone(zone: string): void {
  keep(STORED, zone);
  for (const listener of listeners) listener();
}

/** The zone that moments are shown in: the one chosen here, else the browser's. */
export function useZone(): string {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosenZone);
}
