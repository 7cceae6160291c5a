import { AccountMenu } from './account-menu';
import { LanguageSwitch } from './language-switch';
import { ThemeSwitch } from './theme-switch';

/** The menus at the header's end; loaded apart, since nobody opens them in the first moment. */
export default function HeaderMenus() {
  return (
    <>
      <LanguageSwitch />
      <ThemeSwitch />
      <AccountMenu />
    </>
  );
}
