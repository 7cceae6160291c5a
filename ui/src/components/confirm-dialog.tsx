import { lazy, Suspense } from 'react';
import type { ConfirmDialogProps } from './confirm-dialog-content';

const Content = lazy(() => import('./confirm-dialog-content'));

/**
 * Asks before something is done, and why where that is recorded. Draw it while it is open:
 * `{isOpen && <ConfirmDialog … close={close} />}`. It closes itself when `act` has succeeded.
 *
 * Its code is loaded when it first opens: most visits to a screen open none.
 */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Suspense>
      <Content {...props} />
    </Suspense>
  );
}
