import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import type { OptionValues, SenderKind } from './options';

export type Sender = Schemas['SenderView'];

export function useSenders() {
  return useQuery({
    queryKey: keys.sender.list(),
    queryFn: ({ signal }) => data(api.GET('/sender', { signal })),
  });
}

export interface SenderValues {
  name: string;
  kind: SenderKind;
  options: OptionValues;
  secrets: Record<string, string>;
  max_rate: number | null;
}

/** Adds a sender, or changes the one given. */
export function useSaveSender(sender: Sender | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, kind, options, secrets, max_rate }: SenderValues) =>
      sender === null
        ? data(api.POST('/sender', { body: { name, kind, options, secrets, max_rate } }))
        : data(
            api.PATCH('/sender/{sender_id}', {
              params: { path: { sender_id: sender.id } },
              body: { ...(name === sender.name ? {} : { name }), options, secrets, max_rate },
            }),
          ),
    meta: { problem: 'inline' },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.sender.all }),
  });
}

export function useTestSender(id: string) {
  return useMutation({
    mutationFn: () => data(api.POST('/sender/{sender_id}/test', { params: { path: { sender_id: id } } })),
    meta: { problem: 'inline' },
  });
}

/** What the account may send, as it says itself; only SES has a quota worth asking for. */
export function useQuota(sender: Sender) {
  return useQuery({
    queryKey: keys.sender.part(sender.id, 'quota'),
    queryFn: ({ signal }) =>
      data(api.GET('/sender/{sender_id}/quota', { params: { path: { sender_id: sender.id } }, signal })),
    enabled: sender.kind === 'ses',
    refetchInterval: 60_000,
    retry: false,
  });
}
