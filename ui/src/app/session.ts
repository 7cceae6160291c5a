import { useSyncExternalStore } from 'react';
import { currentSession, mayAs, onSessionChange, type Role, type Session } from '@/api/session';

/** Who is signed in; null only on the pages outside (sign-in, welcome). */
export function useSession(): Session | null {
  return useSyncExternalStore(onSessionChange, currentSession);
}

/** Whether who is signed in may do what asks for this role; what they may not is not offered to them. */
export function useMay(needed: Role): boolean {
  const session = useSession();
  return session !== null && mayAs(session.account.role, needed);
}
