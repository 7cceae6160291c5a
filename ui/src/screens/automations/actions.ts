import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

const path = (id: string) => ({ params: { path: { automation_id: id } } });
const ASKED_EVERY_MS = 400;
const ASKED_AT_MOST = 15;

export type Automation = Schemas['AutomationView'];
export type Envelope = Omit<Schemas['Envelope'], 'headers'> & { headers: string[][] };
export type Definition = Omit<Schemas['Definition'], 'envelope'> & { envelope?: Envelope };
/** As openapi-fetch reads it: it takes the pairs of headers for lists. */
export type AutomationDetail = Omit<Schemas['AutomationDetail'], 'draft'> & { draft: Definition };
export type Saved = Omit<Schemas['SavedView'], 'automation'> & { automation: AutomationDetail };

export function readAutomation(id: string, signal?: AbortSignal): Promise<AutomationDetail> {
  return data(
    api.GET('/automation/{automation_id}', signal === undefined ? path(id) : { ...path(id), signal }),
  );
}

/** What can be done with a whole automation; each makes stale what it changes. */
export function useAutomationActions() {
  const client = useQueryClient();
  const changed = async <T>(answer: Promise<T>): Promise<T> => {
    const result = await answer;
    await client.invalidateQueries({ queryKey: keys.automation.all });
    return result;
  };
  return {
    create: (name: string, description = '') =>
      changed(data(api.POST('/automation', { body: { name, description } }))),
    takeIn: (text: string, name: string | null, replace: boolean) =>
      changed(data(api.POST('/automation/import', { body: { text, name, replace } }))),
    duplicate: (id: string, name: string) =>
      changed(data(api.POST('/automation/{automation_id}/duplicate', { ...path(id), body: { name } }))),
    describe: (id: string, name: string, description: string) =>
      changed(data(api.PATCH('/automation/{automation_id}', { ...path(id), body: { name, description } }))),
    enable: (id: string) => changed(data(api.POST('/automation/{automation_id}/enable', path(id)))),
    disable: (id: string) => changed(data(api.POST('/automation/{automation_id}/disable', path(id)))),
    remove: (id: string) => changed(data(api.DELETE('/automation/{automation_id}', path(id)))),
    publish: (id: string, note: string, draft_version: number) =>
      changed(
        data(api.POST('/automation/{automation_id}/publish', { ...path(id), body: { note, draft_version } })),
      ),
    run: async (id: string) => {
      const job = await changed(data(api.POST('/automation/{automation_id}/run', { ...path(id), body: {} })));
      await client.invalidateQueries({ queryKey: keys.run.all });
      return job;
    },
  };
}

/** To the page of a job's run, as soon as a worker has begun it; to all runs where none does. */
export function useGoToRun(): (jobId: string) => Promise<void> {
  const router = useRouter();
  return async (jobId) => {
    for (let tries = 0; tries < ASKED_AT_MOST; tries++) {
      const job = await data(api.GET('/job/{job_id}', { params: { path: { job_id: jobId } } }));
      if (job.run_id !== null) return router.history.push(`${router.basepath}/runs/${job.run_id}`);
      await new Promise((done) => setTimeout(done, ASKED_EVERY_MS));
    }
    router.history.push(`${router.basepath}/runs`);
  };
}
