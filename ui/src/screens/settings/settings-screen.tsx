import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Page } from '@/components/page';
import { About } from './about';
import { Calendar } from './calendar';
import { Retention } from './retention';
import { Workers } from './workers';

/** What holds for the whole installation. */
export function SettingsScreen() {
  const { t } = useTranslation('settings');
  return (
    <Page title={t('title')} description={t('description')}>
      <Stack gap="md">
        <Calendar />
        <Retention />
        <Workers />
        <About />
      </Stack>
    </Page>
  );
}
