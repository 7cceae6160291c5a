import { useQueryClient } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import type { Saved } from '../../actions';
import type { FullDefinition } from '../automation-context';
import { type Part, usePart } from '../use-part';
import { shapeKey } from '../use-words';

export interface QueryText {
  query: string;
}

export interface QueryValue extends QueryText {
  connection: string;
}

export interface TargetValue extends QueryValue {
  allow_unparsed_sql: boolean;
}

const path = (id: string) => ({ params: { path: { automation_id: id } } });

function useRemember(kind: string): (saved: Saved) => void {
  const client = useQueryClient();
  return ({ automation, columns, binds }) => {
    client.setQueryData(shapeKey(automation.id, kind), { columns, binds });
  };
}

// Outside of the hooks: what they return is compared by identity.
const pickTarget = ({ dbio }: FullDefinition): TargetValue => ({
  query: dbio.target_query,
  connection: dbio.connection,
  allow_unparsed_sql: dbio.allow_unparsed_sql,
});
const pickMapping = ({ dbio }: FullDefinition): QueryText => ({ query: dbio.mapping_query });
const pickUpdate = ({ dbio }: FullDefinition): QueryValue => ({
  query: dbio.update_query,
  connection: dbio.write_connection,
});
const pickColumns = ({ columns }: FullDefinition): Schemas['TargetColumns'] => columns;

export function useTargetPart(): Part<TargetValue> {
  return usePart<TargetValue>({
    name: 'target',
    pick: pickTarget,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/dbio/target', {
          ...path(id),
          body: { ...value, draft_version },
        }),
      ),
    onSaved: useRemember('target'),
  });
}

export function useMappingPart(): Part<QueryText> {
  return usePart<QueryText>({
    name: 'mapping',
    pick: pickMapping,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/dbio/mapping', {
          ...path(id),
          body: { ...value, draft_version },
        }),
      ),
    onSaved: useRemember('mapping'),
  });
}

export function useUpdatePart(): Part<QueryValue> {
  return usePart<QueryValue>({
    name: 'update',
    pick: pickUpdate,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/dbio/update', {
          ...path(id),
          body: { ...value, draft_version },
        }),
      ),
    onSaved: useRemember('update'),
  });
}

export function useColumnsPart(): Part<Schemas['TargetColumns']> {
  return usePart<Schemas['TargetColumns']>({
    name: 'columns',
    pick: pickColumns,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/columns', { ...path(id), body: { ...value, draft_version } }),
      ),
  });
}
