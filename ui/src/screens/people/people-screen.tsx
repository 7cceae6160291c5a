import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { NeedsRole } from '@/components/needs-role';
import { Page } from '@/components/page';
import { Accounts } from './accounts';
import { Tokens } from './tokens';

/** Who may use Tank, and which programs. */
export function PeopleScreen() {
  const { t } = useTranslation('people');
  const may = useMay('admin');
  return (
    <Page title={t('title')} description={t('description')}>
      {may ? (
        <Stack gap="md">
          <Accounts />
          <Tokens />
        </Stack>
      ) : (
        <NeedsRole needed="admin" />
      )}
    </Page>
  );
}
