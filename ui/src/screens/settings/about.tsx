import { Anchor, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CircleAlert, CircleCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { tankFetch } from '@/api/client';
import { keys } from '@/api/keys';
import { Section } from '@/components/section';
import { useZone } from '@/lib/zone';

/** The version, and whether all its parts are well. */
export function About() {
  const { t } = useTranslation('settings');
  const zone = useZone();
  const version = useQuery({
    queryKey: keys.setting.part('about', 'version'),
    queryFn: readVersion,
    staleTime: 600_000,
  });
  const ready = useQuery({
    queryKey: keys.setting.part('about', 'ready'),
    queryFn: readChecks,
    refetchInterval: 15_000,
  });
  return (
    <Section title={t('about.title')} text={t('about.text', { version: version.data ?? '…', zone })}>
      <List spacing={4} listStyleType="none">
        {ready.data?.map((check) => {
          const Icon = check.ok ? CircleCheck : CircleAlert;
          return (
            <List.Item
              key={check.name}
              icon={
                <Icon
                  size={17}
                  color={`var(--mantine-color-${check.ok ? 'teal' : 'red'}-6)`}
                  aria-label={t(check.ok ? 'about.fine' : 'about.wrong')}
                />
              }
            >
              {t(`about.checks.${check.name}` as 'about.checks.logs_db', { defaultValue: check.name })}{' '}
              {!check.ok && (
                <Text component="span">
                  {check.detail} {check.remedy}
                </Text>
              )}
            </List.Item>
          );
        })}
      </List>
      <Text size="sm" mt="sm">
        <Anchor href="/app/licenses.md" target="_blank" rel="noreferrer">
          {t('about.licenses')}
        </Anchor>
      </Text>
    </Section>
  );
}

async function readVersion(): Promise<string> {
  const response = await tankFetch(new Request('/openapi.json'));
  const { info } = (await response.json()) as { info: { version: string } };
  return info.version;
}

interface Check {
  name: string;
  ok: boolean;
  detail: string;
  remedy: string;
}

/** Not ready is an answer, too: it comes with 503. */
async function readChecks(): Promise<Check[]> {
  const response = await fetch('/readyz');
  const { checks } = (await response.json()) as { checks?: Check[] };
  return checks ?? [];
}
