import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useSyncExternalStore } from 'react';
import { signInGate } from '@/api/gate';
import { Announcer } from '@/components/announcer';
import { ScreenSkeleton } from '@/components/skeletons';

const SignInAgain = lazy(() => import('./sign-in-again'));

/** What is there whatever the page: its readers' announcements, and the way back in. */
export function Root() {
  const isLockedOut = useSyncExternalStore(signInGate.subscribe, signInGate.isClosed);
  return (
    <Suspense fallback={<ScreenSkeleton />}>
      <Outlet />
      {isLockedOut && (
        <Suspense>
          <SignInAgain />
        </Suspense>
      )}
      <Announcer />
    </Suspense>
  );
}
