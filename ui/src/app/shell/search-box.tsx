import { ActionIcon, Kbd, UnstyledButton } from '@mantine/core';
import { useDisclosure, useHotkeys, useOs } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './search-box.module.css';

const SearchDialog = lazy(() => import('./search-dialog'));

/** Looks like a field, opens the search over the page; Ctrl-K (⌘K) does the same anywhere. */
export function SearchBox() {
  const { t } = useTranslation('shell');
  const [isOpen, { open, close, toggle }] = useDisclosure(false);
  const os = useOs();
  const key = os === 'macos' || os === 'ios' ? '⌘' : 'Ctrl';
  useHotkeys([['mod+K', toggle]], []);
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
