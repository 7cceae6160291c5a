import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '@/app/i18n';
import { givenOptions, OPTIONS } from './options';

interface Texts {
  options: Record<string, { label: string; text: string }>;
}

const files = import.meta.glob<Texts>('../../locales/*/senders.json', { import: 'default', eager: true });

describe('the options of senders', () => {
  it.each(LANGUAGES)('are all described in %s', (language) => {
    const described = Object.keys(files[`../../locales/${language}/senders.json`]?.options ?? {});
    const known = new Set(Object.values(OPTIONS).flatMap((rules) => Object.keys(rules)));
    expect(described.sort()).toEqual([...known].sort());
  });

  it('are sent only where they say something', () => {
    expect(
      givenOptions('smtp', { host: ' mail.example.com ', tls: 'starttls', port: '', idle_seconds: 30 }),
    ).toEqual({
      host: 'mail.example.com',
      idle_seconds: 30,
    });
  });
});
