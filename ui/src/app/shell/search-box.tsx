import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys, useOs } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './search-box.module.css';

const loadDialog = () => import('./search-dialog');
const SearchDialog = lazy(loadDialog);
/** Once the page stands: what is typed right after Ctrl-K must not be lost on the way. */
const FETCHED_AFTER_MS = 600;

/** Looks like a field, opens the search over the page; Ctrl-K (⌘K) does the same anywhere. */
export function SearchBox() {
  const { t } = useTranslation('shell');
  const [isOpen, { open, close, toggle }] = useDisclosure(false);
  const os = useOs();
  const key = os === 'macos' || os === 'ios' ? '⌘' : 'Ctrl';
  useHotkeys([['mod+K', toggle]], []);
  useEffect(() => {
    const timer = setTimeout(() => void loadDialog(), FETCHED_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <UnstyledButton
        className={classes.box}
        onClick={open}
        visibleFrom="sm"
        aria-keyshortcuts="Control+K Meta+K"
      >
        <Search size={16} strokeWidth={1.75} aria-hidden="true" />
        <span className={classes.hint}>{t('search.hint')}</span>
        <Kbd size="xs" aria-hidden="true">
          {key} K
        </Kbd>
      </UnstyledButton>
      <ActionIcon onClick={open} hiddenFrom="sm" aria-label={t('search.hint')} className={classes.icon}>
        <Search size={18} strokeWidth={1.75} aria-hidden="true" />
      </ActionIcon>
      <Suspense>{isOpen && <SearchDialog close={close} />}</Suspense>
    </>
  );
}
