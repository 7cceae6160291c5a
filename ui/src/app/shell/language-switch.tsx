import { ActionIcon, Menu } from '@mantine/core';
import { Check, Languages } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { changeLanguage, LANGUAGES, type Language, useLanguage } from '../i18n';

/** Each in its own words: whoever reads only the other one must find the way. */
const NAMES: Record<Language, string> = { ko: '한국어', en: 'English' };

export function LanguageSwitch() {
  const { t } = useTranslation('shell');
  const language = useLanguage();
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon aria-label={t('language')} title={t('language')}>
          <Languages size={18} strokeWidth={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {LANGUAGES.map((one) => (
          <Menu.Item
            key={one}
            lang={one}
            onClick={() => void changeLanguage(one)}
            role="menuitemradio"
            aria-checked={one === language}
            rightSection={one === language ? <Check size={14} aria-hidden="true" /> : undefined}
          >
            {NAMES[one]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
