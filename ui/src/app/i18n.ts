import i18next, { type BackendModule, type ResourceKey } from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { keep, kept } from '@/lib/storage';

export const LANGUAGES = ['ko', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORED = 'tank-language';

/** One file a language and namespace; each is fetched when a screen first asks for it. */
const files = import.meta.glob<ResourceKey>('../locales/*/*.json', { import: 'default' });

const backend: BackendModule = {
  type: 'backend',
  init: () => {},
  read: (language, namespace, done) => {
    const load = files[`../locales/${language}/${namespace}.json`];
    if (load === undefined) {
      done(new Error(`no texts ${language}/${namespace}`), false);
      return;
    }
    load().then(
      (texts) => done(null, texts),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error)), true),
    );
  },
};

/** The language chosen before, else the browser's. */
export function preferredLanguage(): Language {
  const wanted = kept(STORED) ?? navigator.language;
  return wanted.toLowerCase().startsWith('ko') ? 'ko' : 'en';
}

export async function startLanguages(): Promise<void> {
  i18next.on('languageChanged', (language) => {
    document.documentElement.lang = language;
  });
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: preferredLanguage(),
      supportedLngs: LANGUAGES,
      // A language is complete or the tests fail: falling back would only fetch texts that nobody reads.
      fallbackLng: false,
      ns: ['common', 'problems'],
      defaultNS: 'common',
      interpolation: { escapeValue: false }, // React escapes
    });
}

export async function changeLanguage(language: Language): Promise<void> {
  keep(STORED, language);
  await i18next.changeLanguage(language);
}

/** The language of the screens now; whoever asks is drawn again when it changes. */
export function useLanguage(): Language {
  return useTranslation().i18n.language === 'ko' ? 'ko' : 'en';
}
