import { useQuery } from '@tanstack/react-query';
import { api, data } from '@/api/client';
import { keys } from '@/api/keys';
import { readAutomation } from '../actions';
import { type EditedAutomation, edited } from '../editor/automation-context';

const LOOKED_AT = 10;

/** Another automation on the same connection, to begin from what works there; null where there is none. */
export function useSibling(connection: string, ownId: string): EditedAutomation | null | undefined {
  const query = useQuery({
    queryKey: keys.automation.list({ sibling: connection, ownId }),
    queryFn: async ({ signal }) => {
      const page = await data(api.GET('/automation', { params: { query: { limit: LOOKED_AT } }, signal }));
      for (const { id } of page.items) {
        if (id === ownId) continue;
        const found = edited(await readAutomation(id, signal));
        if (found.draft.dbio.connection === connection && found.draft.dbio.target_query.trim() !== '')
          return found;
      }
      return null;
    },
    enabled: connection !== '',
    staleTime: Number.POSITIVE_INFINITY,
  });
  return query.isError ? null : query.data;
}
