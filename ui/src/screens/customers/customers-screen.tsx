import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Search, SearchX, UserRoundSearch } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { EmptyState } from '@/components/empty-state';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { useReveal } from '@/components/reveal';
import { LinesSkeleton } from '@/components/skeletons';
import { keepComposingEnter } from '@/lib/ime';
import { CustomerCard } from './customer-card';
import { customersOf } from './customer-groups';
import classes from './customers.module.css';

const MOST = 200;

/** Every mail that one customer was sent, in all runs. */
export function CustomersScreen() {
  // All texts of the screen at once: one that is fetched later would hide what is there already.
  const { t } = useTranslation(['customers', 'causes', 'status']);
  const { q = '' } = useSearch({ from: '/inside/customers' });
  return (
    <Page title={t('title')} description={t('description')}>
      <SearchForm key={q} q={q} />
      {q === '' ? (
        <EmptyState title={t('start.title')} icon={UserRoundSearch}>
          {t('start.text')}
        </EmptyState>
      ) : (
        <Results q={q} />
      )}
    </Page>
  );
}

function SearchForm({ q }: { q: string }) {
  const { t } = useTranslation('customers');
  const navigate = useNavigate({ from: '/customers' });
  const [text, setText] = useState(q);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ search: text.trim() === '' ? {} : { q: text.trim() } });
  };
  return (
    <search>
      <form onSubmit={submit} onKeyDown={keepComposingEnter} className={classes.form}>
        <TextInput
          label={t('label')}
          description={t('hint')}
          leftSection={<Search size={16} aria-hidden="true" />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          inputWrapperOrder={['label', 'input', 'description']}
          maxLength={320}
          autoComplete="off"
          spellCheck={false}
          size="md"
          autoFocus={q === ''}
          className={classes.field}
        />
        <Button type="submit" size="md" className={classes.verb}>
          {t('verb')}
        </Button>
      </form>
    </search>
  );
}

function Results({ q }: { q: string }) {
  const { t } = useTranslation('customers');
  const reveal = useReveal();
  const filter = { search: q, limit: MOST, ...reveal.query };
  const query = useQuery({
    queryKey: keys.delivery.list(filter),
    queryFn: ({ signal }) => data(api.GET('/delivery', { params: { query: filter }, signal })),
  });
  if (query.error !== null) return <ProblemAlert error={query.error} retry={() => void query.refetch()} />;
  if (query.data === undefined) return <LinesSkeleton lines={6} />;
  const customers = customersOf(query.data);
  if (customers.length === 0) {
    return (
      <EmptyState title={t('none.title', { q })} icon={SearchX}>
        {t('none.text')}
      </EmptyState>
    );
  }
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="xs">
        <Text c="dimmed" role="status">
          {t('found', { count: query.data.length, customers: customers.length })}{' '}
          {query.data.length === MOST && t('most', { most: MOST })}
        </Text>
        {reveal.control}
      </Group>
      {customers.map((customer) => (
        <CustomerCard key={customer.key} customer={customer} />
      ))}
    </Stack>
  );
}
