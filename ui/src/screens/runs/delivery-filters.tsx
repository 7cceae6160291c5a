import { CloseButton, Group, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isComposing } from '@/lib/ime';
import { causesQuery, type Run } from './run-queries';
import classes from './runs.module.css';

const TYPED_AFTER_MS = 350;
const SHOWN_STATUSES = ['SENT', 'FAIL', 'SKIPPED', 'UNKNOWN', 'PENDING'] as const;
const SHOWN_UPDATES = ['Y', 'N', 'IN_DOUBT', 'PENDING'] as const;

type Change = { status?: string; cause?: string; update?: string; q?: string };

/** Status, cause, write-back and search; all of it stands in the page's address. */
export function DeliveryFilters({ run }: { run: Run }) {
  const { t } = useTranslation('runs');
  const { t: ofStatus } = useTranslation('status');
  const { t: ofCause } = useTranslation('causes');
  const navigate = useNavigate({ from: '/runs/$runId' });
  const search = useSearch({ from: '/inside/runs/$runId' });
  const { data: causes = [] } = useQuery(causesQuery(run.id));
  const kinds = [...new Set(causes.map(({ error_kind }) => error_kind))];
  const narrow = (change: Change) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true, resetScroll: false });
  const hasUpdates =
    run.counts.update_ok + run.counts.update_failed + run.counts.update_in_doubt + run.counts.update_pending >
    0;
  const clear = { 'aria-label': t('filter.clear') };
  return (
    <Group gap="sm" mb="sm" align="end" role="search" aria-label={t('deliveries.filter')}>
      <SearchField q={search.q ?? ''} search={(q) => narrow({ q })} />
      <Select
        label={t('filter.status')}
        placeholder={t('filter.all')}
        data={SHOWN_STATUSES.map((one) => ({
          value: one,
          label: one === 'PENDING' ? t('overview.waiting') : ofStatus(`delivery.${one}`),
        }))}
        value={search.status ?? null}
        onChange={(value) => narrow({ status: value ?? undefined })}
        clearable
        allowDeselect
        clearButtonProps={clear}
        className={classes.narrowFilter}
        size="sm"
      />
      <Select
        label={t('filter.cause')}
        placeholder={t('filter.all')}
        data={kinds.map((one) => ({ value: one, label: ofCause(`kind.${one}`) }))}
        value={search.cause ?? null}
        onChange={(value) => narrow({ cause: value ?? undefined })}
        clearable
        allowDeselect
        disabled={kinds.length === 0}
        clearButtonProps={clear}
        className={classes.filter}
        size="sm"
      />
      {hasUpdates && (
        <Select
          label={t('filter.update')}
          placeholder={t('filter.all')}
          data={SHOWN_UPDATES.map((one) => ({ value: one, label: ofStatus(`update.${one}`) }))}
          value={search.update ?? null}
          onChange={(value) => narrow({ update: value ?? undefined })}
          clearable
          allowDeselect
          clearButtonProps={clear}
          className={classes.narrowFilter}
          size="sm"
        />
      )}
    </Group>
  );
}

interface SearchFieldProps {
  q: string;
  search: (q: string | undefined) => void;
}

/** Searches a moment after the last key, and never in the middle of a syllable. */
function SearchField({ q, search }: SearchFieldProps) {
  const { t } = useTranslation('runs');
  const [text, setText] = useState(q);
  const [asked, setAsked] = useState(q);
  const [known, setKnown] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  // The address says something else than what was typed here: the way back, or a cause that was pressed.
  if (q !== known) {
    setKnown(q);
    if (q !== asked) setText(q);
  }

  const go = (wanted: string) => {
    clearTimeout(timer.current);
    setAsked(wanted.trim());
    if (wanted.trim() !== q) search(wanted.trim() === '' ? undefined : wanted.trim());
  };
  const type = (wanted: string, isWhole: boolean) => {
    setText(wanted);
    clearTimeout(timer.current);
    if (isWhole) timer.current = setTimeout(() => go(wanted), TYPED_AFTER_MS);
  };
  const clear = () => {
    setText('');
    go('');
  };
  return (
    <TextInput
      label={t('deliveries.search')}
      placeholder={t('deliveries.searchHint')}
      leftSection={<Search size={16} aria-hidden="true" />}
      rightSection={text !== '' && <CloseButton size="sm" aria-label={t('filter.clear')} onClick={clear} />}
      value={text}
      onChange={(event) => type(event.currentTarget.value, !(event.nativeEvent as InputEvent).isComposing)}
      onCompositionEnd={(event) => type(event.currentTarget.value, true)}
      onKeyDown={(event) => event.key === 'Enter' && !isComposing(event) && go(text)}
      className={classes.search}
      autoComplete="off"
      spellCheck={false}
      maxLength={320}
    />
  );
}
