import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

export type Account = Schemas['AccountView'];
export type Token = Schemas['TokenView'];
export type NewLink = Schemas['NewLinkView'];

export function useAccounts() {
  return useQuery({
    queryKey: keys.account.list(),
    queryFn: ({ signal }) => data(api.GET('/account', { signal })),
  });
}

export function useTokens() {
  return useQuery({
    queryKey: keys.token.list(),
    queryFn: ({ signal }) => data(api.GET('/token', { signal })),
  });
}

export function useAddAccount() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['NewAccount']) => data(api.POST('/account', { body })),
    meta: { problem: 'inline' },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.account.all }),
  });
}

export function useChangeAccount(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Schemas['AccountChange']) =>
      data(api.PATCH('/account/{account_id}', { params: { path: { account_id: id } }, body })),
    meta: { problem: 'inline' },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.account.all }),
  });
}

export function useNewLink(id: string) {
  return useMutation({
    mutationFn: () => data(api.POST('/account/{account_id}/link', { params: { path: { account_id: id } } })),
    meta: { problem: 'inline' },
  });
}

/** Where a one-time link leads: in the fragment, so that no log holds it. */
export function welcomeAddress(link: string): string {
  return link.includes('://') ? link : `${location.origin}/app/welcome#${encodeURIComponent(link)}`;
}
