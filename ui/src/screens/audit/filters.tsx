import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { NOUNS } from './actions';
import classes from './filters.module.css';
import type { AuditSearch } from './routes';

const REVEALED = 'delivery.reveal';

/** Who, what, to what, and when. */
export function Filters() {
  const { t } = useTranslation('audit');
  const search = useSearch({ from: '/inside/audit' });
  const navigate = useNavigate();
  const actors = useActors(search.actor);
  const change = (what: Partial<Record<keyof AuditSearch, string>>) =>
    void navigate({
      to: '/audit',
      search: (before) =>
        Object.fromEntries(Object.entries({ ...before, ...what }).filter(([, value]) => value !== '')),
      replace: true,
    });
  return (
    <Group gap="sm" mb="md" align="flex-end" className={classes.filters}>
      <NativeSelect
        label={t('columns.actor')}
        value={search.actor ?? ''}
        onChange={(event) => change({ actor: event.currentTarget.value })}
        data={[{ value: '', label: t('everybody') }, ...actors]}
        w={170}
      />
      <NativeSelect
        label={t('columns.action')}
        value={search.action ?? ''}
        onChange={(event) => change({ action: event.currentTarget.value })}
        data={[
          { value: '', label: t('everything') },
          { value: REVEALED, label: t('actions.delivery_reveal') },
          ...NOUNS.map((noun) => ({ value: `${noun}.`, label: t(`nouns.${noun}`) })),
        ]}
        w={190}
      />
      <TextInput
        type="date"
        label={t('since')}
        value={search.since ?? ''}
        max={search.until}
        onChange={(event) => change({ since: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={t('until')}
        value={search.until ?? ''}
        min={search.since}
        onChange={(event) => change({ until: event.currentTarget.value })}
      />
      {search.subject !== undefined && (
        <Button
          variant="default"
          rightSection={<X size={14} aria-hidden="true" />}
          onClick={() => change({ subject: '' })}
          maw={260}
          aria-label={t('withoutSubject', { subject: search.subject })}
        >
          {search.subject}
        </Button>
      )}
      {Object.keys(search).length > 0 && (
        <Button variant="subtle" onClick={() => void navigate({ to: '/audit', search: {}, replace: true })}>
          {t('reset')}
        </Button>
      )}
    </Group>
  );
}

function useActors(chosen: string | undefined) {
  const { data: accounts = [] } = useQuery({
    queryKey: keys.account.list(),
    queryFn: ({ signal }) => data(api.GET('/account', { signal })),
  });
  const names = new Map(accounts.map((one) => [one.name, `${one.display_name} (${one.name})`]));
  if (chosen !== undefined && !names.has(chosen)) names.set(chosen, chosen);
  return [...names].map(([value, label]) => ({ value, label }));
}
