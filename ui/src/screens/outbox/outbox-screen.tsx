import { Button, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft, MailOpen, Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/app/session';
import { EmptyState } from '@/components/empty-state';
import { NeedsRole } from '@/components/needs-role';
import { Page } from '@/components/page';
import { ProblemAlert } from '@/components/problem-alert';
import { useReveal } from '@/components/reveal';
import { hotkeys } from '@/lib/ime';
import { MailList } from './mail-list';
import { MailView } from './mail-view';
import classes from './outbox.module.css';
import { useMails } from './use-outbox';

const SEARCHED_AFTER_MS = 300;

/** Mails that were kept instead of leaving, as a mail program shows them. */
export function OutboxScreen() {
  const { t } = useTranslation('outbox');
  const may = useMay('operator');
  if (may) return <Outbox />;
  return (
    <Page title={t('title')}>
      <NeedsRole needed="operator" />
    </Page>
  );
}

function Outbox() {
  const { t } = useTranslation('outbox');
  const { q = '', mail: openId } = useSearch({ from: '/inside/outbox' });
  const reveal = useReveal();
  const found = useMails(q, reveal.query);
  const mails = found.data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<HTMLDivElement>(null);
  const step = useStep(
    mails.map((mail) => mail.message_id),
    openId,
    list,
  );
  useHotkeys([
    ['j', () => step(1), { usePhysicalKeys: true }],
    ['k', () => step(-1), { usePhysicalKeys: true }],
  ]);
  const open = mails.find((mail) => mail.message_id === openId);

  return (
    <Page title={t('title')} description={t('description')} actions={reveal.control}>
      {found.error !== null && <ProblemAlert error={found.error} retry={() => void found.refetch()} />}
      {found.error === null && (
        <div className={classes.frameOfBoth} data-open={openId !== undefined || undefined}>
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows go from link to link within it. */}
          <div
            className={classes.left}
            ref={list}
            onKeyDown={hotkeys([
              ['ArrowDown', () => step(1)],
              ['ArrowUp', () => step(-1)],
            ])}
          >
            <SearchField value={q} />
            {!found.isPending && mails.length === 0 ? (
              <EmptyState title={t(q === '' ? 'empty.title' : 'empty.nothing')}>
                {t(q === '' ? 'empty.text' : 'empty.other')}
              </EmptyState>
            ) : (
              <MailList
                mails={mails}
                openId={openId}
                isLoading={found.isPending}
                isLoadingMore={found.isFetchingNextPage}
                more={found.hasNextPage ? () => void found.fetchNextPage() : undefined}
              />
            )}
          </div>
          <section className={classes.right} aria-label={t('reading')}>
            {openId === undefined ? (
              <EmptyState title={t('choose.title')} icon={MailOpen}>
                {t('choose.text')}
              </EmptyState>
            ) : (
              <>
                <BackToList />
                <MailView key={openId} id={openId} reveal={reveal} deliveryId={open?.delivery_id} />
              </>
            )}
          </section>
        </div>
      )}
    </Page>
  );
}

/** At phone width, where the mail stands in the list's place. */
function BackToList() {
  const { t } = useTranslation('outbox');
  return (
    <Button
      renderRoot={(props) => (
        <Link {...props} to="/outbox" search={({ mail: _mail, ...rest }) => rest} resetScroll={false} />
      )}
      hiddenFrom="md"
      variant="subtle"
      size="xs"
      mb="xs"
      leftSection={<ArrowLeft size={14} aria-hidden="true" />}
    >
      {t('back')}
    </Button>
  );
}

/** Opens the mail after or before the one that is open, and takes the focus along. */
function useStep(
  ids: readonly string[],
  openId: string | undefined,
  list: React.RefObject<HTMLElement | null>,
) {
  const navigate = useNavigate();
  return (by: 1 | -1) => {
    const at = openId === undefined ? -1 : ids.indexOf(openId);
    const id = ids[Math.min(Math.max(at + by, 0), ids.length - 1)];
    if (id === undefined) return;
    void navigate({
      to: '/outbox',
      search: (before) => ({ ...before, mail: id }),
      replace: true,
      resetScroll: false,
    });
    list.current?.querySelector<HTMLElement>(`[data-mail="${CSS.escape(id)}"]`)?.focus();
  };
}

function SearchField({ value }: { value: string }) {
  const { t } = useTranslation('outbox');
  const navigate = useNavigate();
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(
      () => void navigate({ to: '/outbox', search: typed === '' ? {} : { q: typed }, replace: true }),
      SEARCHED_AFTER_MS,
    );
    return () => clearTimeout(timer);
  }, [typed, value, navigate]);
  return (
    <div className={classes.search}>
      <TextInput
        type="search"
        aria-label={t('search')}
        placeholder={t('search')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        leftSection={<Search size={15} aria-hidden="true" />}
        maxLength={320}
      />
    </div>
  );
}
