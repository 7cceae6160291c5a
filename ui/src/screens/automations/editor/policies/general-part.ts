import { api, data, type Schemas } from '@/api/client';
import type { FullDefinition } from '../automation-context';
import { type Part, usePart } from '../use-part';

export interface General {
  purpose: Schemas['Purpose'];
  zone: string;
  language: string;
}

export const PURPOSES = ['informational', 'advertising'] as const;
const pick = ({ purpose, zone, language }: FullDefinition): General => ({ purpose, zone, language });

export function useGeneralPart(): Part<General> {
  return usePart<General>({
    name: 'general',
    pick,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/general', {
          params: { path: { automation_id: id } },
          body: { ...value, draft_version },
        }),
      ),
  });
}
