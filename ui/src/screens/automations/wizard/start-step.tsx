import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowRight, Database } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { asProblem } from '@/api/problem';
import { ProblemAlert } from '@/components/problem-alert';
import { keepComposingEnter } from '@/lib/ime';
import { useAutomationActions } from '../actions';
import { ConnectionSelect } from '../editor/data/connection-select';
import { Section } from '../editor/section';

/** What it is called, and where its recipients are. */
export function StartStep() {
  const { t } = useTranslation(['wizard', 'automations']);
  const navigate = useNavigate();
  const { create } = useAutomationActions();
  const connections = useQuery({
    queryKey: keys.connection.list(),
    queryFn: ({ signal }) => data(api.GET('/connection', { signal })),
  });
  const [name, setName] = useState(t('start.name'));
  const [chosen, setChosen] = useState<string | null>(null);
  const connection = chosen ?? connections.data?.[0]?.name ?? '';
  const making = useMutation({
    mutationFn: () => create(name.trim()),
    onSuccess: (made) =>
      navigate({ to: '/automations/new', search: { id: made.id, step: 'query', connection } }),
    meta: { problem: 'inline' },
  });
  const problem = making.error === null ? null : asProblem(making.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '' && connection !== '' && !making.isPending) making.mutate();
  };
  return (
    <Section title={t('start.title')} text={t('start.text')}>
      <form onSubmit={submit} onKeyDown={keepComposingEnter}>
        <Stack maw={420} gap="md">
          <TextInput
            label={t('automations:fields.name')}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={problem?.status === 409 ? t('automations:fields.nameTaken') : problem?.field('name')}
            maxLength={200}
            required
          />
          <ConnectionSelect
            label={t('start.connection')}
            description={t('start.connectionHint')}
            value={connection}
            onChange={setChosen}
            isReadOnly={false}
          />
          {connections.data?.length === 0 && (
            <Alert color="yellow" icon={<Database size={18} aria-hidden="true" />}>
              {t('start.noConnection')}
            </Alert>
          )}
          {problem !== null && problem.status !== 409 && <ProblemAlert error={problem} />}
        </Stack>
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={making.isPending}
            disabled={name.trim() === '' || connection === ''}
            rightSection={<ArrowRight size={16} aria-hidden="true" />}
          >
            {t('next')}
          </Button>
        </Group>
      </form>
    </Section>
  );
}
