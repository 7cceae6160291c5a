import { queryOptions } from '@tanstack/react-query';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';
import type { DeliveryStatus } from '@/components/status-badge';

export type Delivery = Schemas['DeliveryView'];
export type Story = Schemas['StoryView'];

export const LOOKED_AT_MS = 2_000;
const ENDED: ReadonlySet<DeliveryStatus> = new Set<DeliveryStatus>(['SENT', 'FAIL', 'SKIPPED', 'UNKNOWN']);

export const hasEnded = ({ status }: Delivery): boolean => ENDED.has(status);

export const storyQuery = (id: string, reveal: { reveal?: true; reason?: string }) =>
  queryOptions({
    queryKey: keys.delivery.part(id, 'story', reveal),
    queryFn: ({ signal }) =>
      data(
        api.GET('/delivery/{delivery_id}', { params: { path: { delivery_id: id }, query: reveal }, signal }),
      ),
    refetchInterval: ({ state }) =>
      state.data !== undefined && mayChange(state.data.delivery) ? LOOKED_AT_MS : false,
  });

const mayChange = (delivery: Delivery): boolean =>
  !hasEnded(delivery) || delivery.update_query_ok === 'PENDING';
