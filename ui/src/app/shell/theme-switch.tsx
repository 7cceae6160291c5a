import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { Check, type LucideIcon, Monitor, Moon, Sun } from 'lucide-react';
import { useTranslation } from 'react-i18next';

const SCHEMES: readonly { name: MantineColorScheme; icon: LucideIcon }[] = [
  { name: 'light', icon: Sun },
  { name: 'dark', icon: Moon },
  { name: 'auto', icon: Monitor },
];

export function ThemeSwitch() {
  const { t } = useTranslation('shell');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Now = SCHEMES.find(({ name }) => name === colorScheme)?.icon ?? Monitor;
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon aria-label={t('theme.title')} title={t('theme.title')}>
          <Now size={18} strokeWidth={1.75} aria-hidden="true" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {SCHEMES.map(({ name, icon: Icon }) => (
          <Menu.Item
            key={name}
            onClick={() => setColorScheme(name)}
            role="menuitemradio"
            aria-checked={name === colorScheme}
            leftSection={<Icon size={16} strokeWidth={1.75} aria-hidden="true" />}
            rightSection={name === colorScheme ? <Check size={14} aria-hidden="true" /> : undefined}
          >
            {t(`theme.${name}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
