import { Loader, Modal, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Search, UserRoundSearch } from 'lucide-react';
import { type KeyboardEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { mayAs } from '@/api/session';
import { isComposing } from '@/lib/ime';
import { NAVIGATION } from '../navigation';
import { useSession } from '../session';
import classes from './search-dialog.module.css';
import { DeliveryHit } from './search-hit';

const FIRST_HITS = 6;

interface Choice {
  key: string;
  content: React.ReactNode;
  go: () => Promise<void>;
}

/** Finds a customer's deliveries in all runs by a whole address or key, and screens by name. */
export default function SearchDialog({ close }: { close: () => void }) {
  const { t } = useTranslation('shell');
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const listId = useId();
  const { choices, isFetching } = useChoices(text.trim());
  const at = Math.min(active, Math.max(choices.length - 1, 0));

  const choose = (choice: Choice | undefined) => {
    if (choice === undefined) return;
    close();
    void choice.go();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setActive((at + step + choices.length) % Math.max(choices.length, 1));
    else if (event.key === 'Enter') choose(choices[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Modal
      opened
      onClose={close}
      withCloseButton={false}
      size="lg"
      padding={0}
      centered={false}
      yOffset="12vh"
      title={undefined}
      attributes={{ content: { 'aria-label': t('search.hint') } }}
    >
      <TextInput
        size="lg"
        variant="unstyled"
        data-autofocus
        className={classes.input}
        placeholder={t('search.placeholder')}
        aria-label={t('search.placeholder')}
        leftSection={isFetching ? <Loader size={18} /> : <Search size={18} aria-hidden="true" />}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded={choices.length > 0}
        aria-controls={listId}
        aria-activedescendant={choices.length > 0 ? `${listId}-${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
      />
      <div className={classes.list} id={listId} role="listbox" aria-label={t('search.results')}>
        {choices.map((choice, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keyboard.
          <div
            key={choice.key}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={classes.choice}
            onMouseMove={() => setActive(index)}
            onClick={() => choose(choice)}
          >
            {choice.content}
          </div>
        ))}
      </div>
      <p className={classes.foot}>{t('search.foot')}</p>
    </Modal>
  );
}

/** What may be chosen for the text typed: the customer's deliveries, the whole search, and screens of that name. */
function useChoices(text: string): { choices: Choice[]; isFetching: boolean } {
  const { t } = useTranslation('shell');
  const navigate = useNavigate();
  const role = useSession()?.account.role ?? 'viewer';
  const [search] = useDebouncedValue(text, 250);
  const filter = { search, limit: FIRST_HITS };
  const { data: hits = [], isFetching } = useQuery({
    queryKey: keys.delivery.list(filter),
    queryFn: ({ signal }) => data(api.GET('/delivery', { params: { query: filter }, signal })),
    enabled: search.length > 0,
  });

  const screens = NAVIGATION.flatMap((group) => group.entries)
    .filter((entry) => mayAs(role, entry.needs ?? 'viewer'))
    .map((entry) => ({ ...entry, label: t(`screens.${entry.name}`) }))
    .filter(({ label }) => label.toLocaleLowerCase().includes(text.toLocaleLowerCase()));

  const choices: Choice[] = screens.map(({ name, label, to, icon: Icon }) => ({
    key: name,
    content: (
      <>
        <Icon size={16} strokeWidth={1.75} aria-hidden="true" /> {label}
      </>
    ),
    go: () => navigate({ to }),
  }));
  if (text === '') return { choices, isFetching: false };

  const everywhere: Choice = {
    key: 'everywhere',
    content: (
      <>
        <UserRoundSearch size={16} strokeWidth={1.75} aria-hidden="true" /> {t('search.everywhere', { text })}
      </>
    ),
    go: () => navigate({ to: '/customers', search: { q: text } }),
  };
  const found: Choice[] = (search === text ? hits : []).map((delivery) => ({
    key: delivery.id,
    content: <DeliveryHit delivery={delivery} />,
    go: () => navigate({ to: '/customers', search: { q: text } }),
  }));
  return { choices: [...found, everywhere, ...choices], isFetching };
}
