import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '@/app/i18n';

type Texts = { [key: string]: string | Texts };

const files = import.meta.glob<Texts>('./*/*.json', { import: 'default', eager: true });
const namespaces = [...new Set(Object.keys(files).map((path) => path.replace(/.*\/(.*)\.json/, '$1')))];
const texts = (language: string, namespace: string) => flat(files[`./${language}/${namespace}.json`] ?? {});

/** Texts by dotted key; the forms of a plural are one, as languages have different ones. */
function flat(tree: Texts, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(tree)) {
    const path = `${prefix}${key.replace(/_(zero|one|two|few|many|other)$/, '')}`;
    if (typeof value === 'string') found.set(path, value);
    else for (const [inner, text] of flat(value, `${path}.`)) found.set(inner, text);
  }
  return found;
}

const variables = (text: string | undefined) =>
  [...(text ?? '').matchAll(/\{\{(\w+)/g)].map((match) => match[1]).sort();

describe.each(namespaces)('the texts of %s', (namespace) => {
  const [korean, english] = LANGUAGES.map((language) => texts(language, namespace));

  it('are there in both languages', () => {
    expect([...(korean?.keys() ?? [])].sort()).toEqual([...(english?.keys() ?? [])].sort());
  });

  it('are nowhere empty', () => {
    for (const one of [korean, english])
      expect([...(one?.values() ?? [])].filter((text) => text.trim() === '')).toEqual([]);
  });

  it('say the same variables', () => {
    for (const [key, text] of korean ?? [])
      expect(variables(text), key).toEqual(variables(english?.get(key)));
  });
});
