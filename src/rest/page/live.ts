/** Keeps the page's picture of the worker up to date: follows its events, and connects again for as long as it takes. */
import type { Overview } from '../../runtime/overview/model.ts';
import { ApiError, events } from './api.ts';

export type Connection = 'connecting' | 'live' | 'lost' | 'unauthorized';

export interface LiveListener {
  overview(present: Overview): void;
  connection(state: Connection): void;
}

const retryMs = 1_500;
/** A worker says something every second; after so long without a word the connection counts as lost. */
const silenceMs = 6_000;

/** Follows until the page is left. Called again (with credentials, say) it starts over. */
export function follow(listener: LiveListener): () => void {
  let current = new AbortController();
  let ended = false;

  async function once(): Promise<void> {
    current = new AbortController();
    const { signal } = current;
    let silence = setTimeout(() => current.abort(), silenceMs);
    try {
      for await (const present of events<Overview>('overview/events', signal)) {
        clearTimeout(silence);
        silence = setTimeout(() => current.abort(), silenceMs);
        listener.connection('live');
        listener.overview(present);
      }
      listener.connection('lost');
    } catch (error) {
      if (ended) return;
      const refused = error instanceof ApiError && error.status === 401;
      listener.connection(refused ? 'unauthorized' : 'lost');
      ended = refused;
    } finally {
      clearTimeout(silence);
    }
  }

  void (async () => {
    while (!ended) {
      await once();
      if (!ended) await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  })();
  return () => {
    ended = true;
    current.abort();
  };
}
