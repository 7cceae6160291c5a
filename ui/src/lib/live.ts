import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, data, type Schemas } from '@/api/client';
import { keys } from '@/api/keys';

const AGAIN_AFTER_MS = 2_000;

export type LiveState = 'off' | 'connecting' | 'live' | 'lost';

/**
 * Watches a run by server-sent events and keeps `keys.run.one(id)` up to date, at most two seconds stale.
 * `enabled` is false for a run that has ended.
 */
export function useLiveRun(runId: string, enabled: boolean): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('off');

  useEffect(() => {
    if (!enabled) {
      setState('off');
      return;
    }
    return watch(
      `/run/${encodeURIComponent(runId)}/events`,
      {
        progress: (run) => client.setQueryData(keys.run.one(runId), run),
        end: (run) => {
          client.setQueryData(keys.run.one(runId), run);
          void client.invalidateQueries({ queryKey: keys.run.all });
        },
        // Asks as any request does: a lost session is asked for again, and only then is the watch resumed.
        lost: () => data(api.GET('/run/{run_id}', { params: { path: { run_id: runId } } })),
      },
      setState,
    );
  }, [client, runId, enabled]);

  return state;
}

interface Watcher<T> {
  progress: (news: T) => void;
  end: (news: T) => void;
  lost: () => Promise<T>;
}

/** Opens an event stream, and again whenever it breaks, until `end` came or the returned function is called. */
export function watch(
  url: string,
  watcher: Watcher<Schemas['RunView']>,
  tell: (state: LiveState) => void,
): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    source?.close();
  };

  const open = () => {
    if (isOver) return;
    tell('connecting');
    source = new EventSource(url);
    source.addEventListener('open', () => tell('live'));
    source.addEventListener('progress', (event) => watcher.progress(parsed(event)));
    source.addEventListener('end', (event) => {
      stop();
      tell('off');
      watcher.end(parsed(event));
    });
    source.addEventListener('error', () => {
      tell('lost');
      // While it is CONNECTING the browser tries by itself; after a refusal it never would.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(ask, AGAIN_AFTER_MS);
    });
  };

  const ask = () => {
    watcher.lost().then(
      (news) => {
        if (isOver) return;
        watcher.progress(news);
        if (news.finished_at === null) open();
        else tell('off');
      },
      () => {
        if (!isOver) timer = setTimeout(ask, AGAIN_AFTER_MS);
      },
    );
  };

  open();
  return stop;
}

function parsed(event: MessageEvent<string>): Schemas['RunView'] {
  return JSON.parse(event.data) as Schemas['RunView'];
}
