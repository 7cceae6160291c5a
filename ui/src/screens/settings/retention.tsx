import { Button, Group, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { useMay } from '@/app/session';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { notifyDone } from '@/components/notify';
import { ProblemAlert } from '@/components/problem-alert';
import { Section } from '@/components/section';
import { LinesSkeleton } from '@/components/skeletons';

const MOST_DAYS = 3_650;

/** For how long the rows that mails were made of are kept. */
export function Retention() {
  const { t } = useTranslation('settings');
  const {
    data: settings,
    error,
    refetch,
  } = useQuery({
    queryKey: keys.setting.list(),
    queryFn: ({ signal }) => data(api.GET('/setting', { signal })),
  });
  return (
    <Section title={t('retention.title')} text={t('retention.text')}>
      {error !== null && <ProblemAlert error={error} retry={() => void refetch()} />}
      {settings === undefined && error === null && <LinesSkeleton lines={1} />}
      {settings !== undefined && (
        <Days key={settings.payload_retention_days} saved={settings.payload_retention_days} />
      )}
    </Section>
  );
}

function Days({ saved }: { saved: number }) {
  const { t } = useTranslation(['settings', 'common']);
  const client = useQueryClient();
  const mayChange = useMay('admin');
  const [days, setDays] = useState<number | ''>(saved);
  const [isAsking, setAsking] = useState(false);
  const saving = useMutation({
    mutationFn: (wanted: number) => data(api.PATCH('/setting', { body: { payload_retention_days: wanted } })),
    onSuccess: (settings) => {
      client.setQueryData(keys.setting.list(), settings);
      notifyDone(t('saved', { ns: 'common' }));
    },
  });
  if (!mayChange) return <Text>{t('retention.days', { count: saved })}</Text>;
  // Fewer days delete something that nobody can bring back.
  const save = () => {
    if (days === '') return;
    if (days < saved) setAsking(true);
    else saving.mutate(days);
  };
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        type="number"
        label={t('retention.label')}
        value={days}
        onChange={(event) =>
          setDays(event.currentTarget.value === '' ? '' : Math.round(Number(event.currentTarget.value)))
        }
        min={1}
        max={MOST_DAYS}
        step={1}
        rightSection={
          <Text size="sm" c="dimmed">
            {t('retention.suffix')}
          </Text>
        }
        rightSectionWidth={56}
        w={160}
      />
      <Button onClick={save} disabled={days === '' || days === saved} loading={saving.isPending}>
        {t('save', { ns: 'common' })}
      </Button>
      {isAsking && days !== '' && (
        <ConfirmDialog
          title={t('retention.shorter', { count: days })}
          verb={t('save', { ns: 'common' })}
          isDangerous
          act={() => saving.mutateAsync(days)}
          close={() => setAsking(false)}
        >
          {t('retention.shorterText', { count: days })}
        </ConfirmDialog>
      )}
    </Group>
  );
}
