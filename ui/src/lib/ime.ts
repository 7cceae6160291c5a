import { getHotkeyHandler, type HotkeyItem } from '@mantine/hooks';
import type { KeyboardEvent } from 'react';

/** What Chromium and Firefox report for every key that an input method has taken. */
const TAKEN_BY_INPUT_METHOD = 229;

/** Whether a key belongs to the input method: Enter then ends a Hangul syllable, and means nothing else. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === TAKEN_BY_INPUT_METHOD;
}

/** `<TextInput onKeyDown={onEnter(search)} />`: Enter, but not the one that ends a syllable. */
export function onEnter(act: () => void): (event: KeyboardEvent<HTMLElement>) => void {
  return (event) => {
    if (event.key !== 'Enter' || isComposing(event)) return;
    event.preventDefault();
    act();
  };
}

/** For `<form onKeyDown>`: keeps the Enter that ends a syllable from submitting (Safari lets it through). */
export function keepComposingEnter(event: KeyboardEvent<HTMLElement>): void {
  if (event.key === 'Enter' && isComposing(event)) event.preventDefault();
}

/** Mantine's hotkeys on an element, but not while a syllable is being composed. */
export function hotkeys(items: HotkeyItem[]): (event: KeyboardEvent<HTMLElement>) => void {
  const handle = getHotkeyHandler(items);
  return (event) => {
    if (!isComposing(event)) handle(event);
  };
}
