import { api, data, type Schemas } from '@/api/client';
import type { Envelope } from '../../actions';
import type { FullDefinition } from '../automation-context';
import { type Part, usePart } from '../use-part';

export type Template = Schemas['Template'];
export type { Envelope };

const path = (id: string) => ({ params: { path: { automation_id: id } } });
const pickTemplate = ({ template }: FullDefinition): Template => template;
const pickEnvelope = ({ envelope }: FullDefinition): Envelope => envelope;

export function useTemplatePart(): Part<Template> {
  return usePart<Template>({
    name: 'template',
    pick: pickTemplate,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/template', { ...path(id), body: { ...value, draft_version } }),
      ),
  });
}

export function useEnvelopePart(): Part<Envelope> {
  return usePart<Envelope>({
    name: 'envelope',
    pick: pickEnvelope,
    send: (id, value, draft_version) =>
      data(
        api.POST('/automation/{automation_id}/envelope', { ...path(id), body: { ...value, draft_version } }),
      ),
  });
}
