import { useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { get, useSessionOf } from './api.ts';
import type { Session } from './types.ts';

/** Who looks at the page. */
export function useSession() {
  return useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      const session = await get<Session>('/api/session');
      useSessionOf(session);
      return session;
    },
    refetchInterval: 60_000,
  });
}

export const SessionContext = createContext<Session>({
  signedIn: false,
  ways: { token: false, provider: false },
});

export function useMe(): Session & { isAdmin: boolean } {
  const session = useContext(SessionContext);
  return { ...session, isAdmin: session.roles?.includes('admin') ?? false };
}
