import {
  Button,
  Group,
  NativeSelect,
  SegmentedControl,
  Stack,
  Text,
  useMantineColorScheme,
} from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { type Session, signOut } from '@/api/session';
import { changeLanguage, type Language, useLanguage } from '@/app/i18n';
import { useSession } from '@/app/session';
import { Page } from '@/components/page';
import { Section } from '@/components/section';
import { Time } from '@/components/time';
import { chooseZone, useZone } from '@/lib/zone';
import { ChangePassword } from './change-password';
import { SecondStep } from './second-step';

/** What people look after themselves. */
export function AccountScreen() {
  const { t } = useTranslation(['account', 'roles']);
  const session = useSession();
  if (session === null) return null;
  const { account } = session;
  return (
    <Page
      title={t('title')}
      description={`${account.display_name} · ${account.name} · ${t(`names.${account.role}`, { ns: 'roles' })}`}
    >
      <Stack gap="md" maw={760}>
        <Section title={t('role.title')}>
          <Text>
            <strong>{t(`names.${account.role}`, { ns: 'roles' })}</strong>{' '}
            {t(`may.${account.role}`, { ns: 'roles' })}
          </Text>
        </Section>
        <ChangePassword account={account.name} />
        <SecondStep isOn={account.has_totp} />
        <Browser />
        <Sessions session={session} />
      </Stack>
    </Page>
  );
}

/** What holds in this browser alone. */
function Browser() {
  const { t } = useTranslation('account');
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const language = useLanguage();
  const zone = useZone();
  return (
    <Section title={t('browser.title')} text={t('browser.text')}>
      <Stack gap="md">
        <div>
          <Text size="sm" fw={600} mb={4}>
            {t('browser.language')}
          </Text>
          <SegmentedControl
            aria-label={t('browser.language')}
            value={language}
            onChange={(value) => void changeLanguage(value as Language)}
            data={[
              { value: 'ko', label: '한국어' },
              { value: 'en', label: 'English' },
            ]}
          />
        </div>
        <div>
          <Text size="sm" fw={600} mb={4}>
            {t('browser.theme')}
          </Text>
          <SegmentedControl
            aria-label={t('browser.theme')}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')}
            data={(['light', 'dark', 'auto'] as const).map((value) => ({
              value,
              label: t(`themes.${value}`),
            }))}
          />
        </div>
        <NativeSelect
          label={t('browser.zone')}
          description={t('browser.zoneHint')}
          value={zone}
          onChange={(event) => chooseZone(event.currentTarget.value)}
          data={zonesWith(zone)}
          maw={320}
        />
      </Stack>
    </Section>
  );
}

function zonesWith(zone: string): string[] {
  return [...new Set([zone, 'Asia/Seoul', 'UTC', ...Intl.supportedValuesOf('timeZone')])];
}

/** When this session ends by itself, and the way to end it now. */
function Sessions({ session }: { session: Session }) {
  const { t } = useTranslation('account');
  const client = useQueryClient();
  const navigate = useNavigate();
  const leaving = useMutation({
    mutationFn: signOut,
    onSuccess: async () => {
      await navigate({ to: '/sign-in' });
      client.clear();
    },
  });
  return (
    <Section title={t('session.title')}>
      <Group justify="space-between" gap="sm">
        <Text>
          {t('session.ends')} <Time at={session.ends_at} />
          <br />
          <Text component="span" size="sm" c="dimmed">
            {t('session.idle')}
          </Text>
        </Text>
        <Button
          variant="default"
          leftSection={<LogOut size={16} aria-hidden="true" />}
          onClick={() => leaving.mutate()}
          loading={leaving.isPending}
        >
          {t('session.signOut')}
        </Button>
      </Group>
    </Section>
  );
}
