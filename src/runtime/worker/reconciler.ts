/** Keeps what runs equal to what the configs topic says: one step after another for each connector, all side by side. */
import type { Logger } from '../../sdk/index.ts';
import type { ConnectorEntry } from '../cluster/config-log.ts';
import { type RunningConnector, sameEntry } from './connector.ts';

export interface Reconciler {
  readonly running: ReadonlyMap<string, RunningConnector>;
  /** The connector's entry has changed. */
  changed(name: string): void;
  /** The same entry from the start. */
  restart(name: string): void;
  /** Runs a call as a step of its own: nothing of the connector starts or stops meanwhile. */
  inTurn<T>(name: string, call: () => Promise<T>): Promise<T>;
  /** Resolves when all steps asked for so far are done. */
  settled(name: string): Promise<void>;
  /** Stops all of them. */
  close(): Promise<void>;
}

export function createReconciler(options: {
  readonly entries: ReadonlyMap<string, ConnectorEntry>;
  readonly start: (name: string, entry: ConnectorEntry) => RunningConnector;
  /** A connector that is in the log no more has stopped. */
  readonly onRemoved: (connector: RunningConnector) => void;
  readonly stopWithinMs: number;
  readonly log: Logger;
}): Reconciler {
  const { entries, start, onRemoved, stopWithinMs, log } = options;
  const running = new Map<string, RunningConnector>();
  const queues = new Map<string, Promise<void>>();
  let closed = false;

  function enqueue(name: string, step: () => Promise<void>): void {
    const next = (queues.get(name) ?? Promise.resolve())
      .then(step)
      .catch((error) => log.error(`${name}: ${(error as Error).message}`))
      .finally(() => {
        if (queues.get(name) === next) queues.delete(name);
      });
    queues.set(name, next);
  }

  async function stop(name: string): Promise<void> {
    const current = running.get(name);
    if (current === undefined) return;
    await current.stop(stopWithinMs);
    running.delete(name);
    if (!entries.has(name)) onRemoved(current);
  }

  function begin(name: string): void {
    const entry = entries.get(name);
    if (entry !== undefined && !closed) running.set(name, start(name, entry));
  }

  return {
    running,
    changed: (name) =>
      enqueue(name, async () => {
        const [entry, current] = [entries.get(name), running.get(name)];
        if (entry !== undefined && current !== undefined && sameEntry(entry, current.entry)) return;
        await stop(name);
        begin(name);
      }),
    restart: (name) =>
      enqueue(name, async () => {
        await stop(name);
        begin(name);
      }),
    inTurn<T>(name: string, call: () => Promise<T>): Promise<T> {
      const answer = Promise.withResolvers<T>();
      enqueue(name, () => call().then(answer.resolve, answer.reject));
      return answer.promise;
    },
    settled: async (name) => queues.get(name),
    async close() {
      closed = true;
      await Promise.all(queues.values());
      await Promise.all([...running.values()].map((connector) => connector.stop(stopWithinMs)));
    },
  };
}
