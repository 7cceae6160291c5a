import { useState } from 'react';
import { AccountMenu } from './account-menu';
import { LanguageSwitch } from './language-switch';
import { StopButton, StopDialog, StopMenuItem, useMayStop } from './stop-button';
import { ThemeSwitch } from './theme-switch';

/** The menus at the header's end; loaded apart, since nobody opens them in the first moment. */
export default function HeaderMenus() {
  const mayStop = useMayStop();
  const [isStopping, setIsStopping] = useState(false);
  const ask = () => setIsStopping(true);
  return (
    <>
      {mayStop && <StopButton ask={ask} />}
      <LanguageSwitch />
      <ThemeSwitch />
      <AccountMenu more={mayStop && <StopMenuItem ask={ask} />} />
      {isStopping && <StopDialog close={() => setIsStopping(false)} />}
    </>
  );
}
