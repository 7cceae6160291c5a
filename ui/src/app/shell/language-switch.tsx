import { Button } from '@mantine/core';
import { changeLanguage, type Language, useLanguage } from '../i18n';

/** The other language, in its own words: whoever cannot read this one must find the way. */
const OTHER: Record<Language, { language: Language; name: string }> = {
  ko: { language: 'en', name: 'English' },
  en: { language: 'ko', name: '한국어' },
};

export function LanguageSwitch() {
  const { language, name } = OTHER[useLanguage()];
  return (
    <Button
      variant="subtle"
      color="gray"
      size="compact-md"
      h={34}
      px={8}
      lang={language}
      onClick={() => void changeLanguage(language)}
    >
      {name}
    </Button>
  );
}
