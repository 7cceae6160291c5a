import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

export type Connection = Schemas['ConnectionView'];

export function useConnections() {
  return useQuery({
    queryKey: keys.connection.list(),
    queryFn: ({ signal }) => data(api.GET('/connection', { signal })),
  });
}

export interface ConnectionValues {
  name: string;
  options: Record<string, string | number>;
  secrets: Record<string, string>;
}

/** Adds a connection, or changes the one given. */
export function useSaveConnection(connection: Connection | null) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, options, secrets }: ConnectionValues) =>
      connection === null
        ? data(api.POST('/connection', { body: { name, kind: 'sql', options, secrets } }))
        : data(
            api.PATCH('/connection/{connection_id}', {
              params: { path: { connection_id: connection.id } },
              body: { ...(name === connection.name ? {} : { name }), options, secrets },
            }),
          ),
    meta: { problem: 'inline' },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.connection.all }),
  });
}

export function useTestConnection(id: string) {
  return useMutation({
    mutationFn: () =>
      data(api.POST('/connection/{connection_id}/test', { params: { path: { connection_id: id } } })),
    meta: { problem: 'inline' },
  });
}
