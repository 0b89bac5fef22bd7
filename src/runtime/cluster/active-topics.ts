/**
 * The topics that each connector has read or written, in the status topic as Kafka Connect keeps them (KIP-558):
 * `status-topic-<topic>:connector-<connector>` → `{"topic": {name, connector, task, discoverTimestamp}}`.
 *
 * What is not written yet when the worker dies is found again as soon as the connector goes on.
 */
import type { StateLog, StateRecord } from './state-log.ts';
import { type ClusterTopics, statusPartition } from './topics.ts';

export interface ActiveTopics {
  apply(record: StateRecord): void;
  /** A task has been in these topics. */
  saw(connector: string, task: number, topics: readonly string[]): void;
  of(connector: string): readonly string[];
  /** Forgets the topics of a connector; what it goes on with comes back. */
  reset(connector: string): Promise<void>;
}

/** No connector's name has a slash, and no topic's a colon. */
const pattern = /^status-topic-([^:]+):connector-(.+)$/s;
const keyOf = (topic: string, connector: string) => `status-topic-${topic}:connector-${connector}`;

export function createActiveTopics(topics: ClusterTopics, stateLog: () => StateLog | undefined): ActiveTopics {
  const connectors = new Map<string, Set<string>>();
  let last: Promise<void> = Promise.resolve();

  function write(connector: string, topic: string, value: string | null): Promise<void> {
    last = last
      .then(() => stateLog()?.append(topics.status, statusPartition(connector), keyOf(topic, connector), value))
      .catch(() => undefined);
    return last;
  }

  const known = (connector: string): Set<string> => {
    const of = connectors.get(connector) ?? new Set();
    connectors.set(connector, of);
    return of;
  };

  return {
    apply({ key, value }) {
      const [, topic, connector] = pattern.exec(key) ?? [];
      if (topic === undefined || connector === undefined) return;
      if (value === undefined) known(connector).delete(topic);
      else known(connector).add(topic);
    },
    saw(connector, task, seen) {
      for (const name of seen) {
        if (known(connector).has(name)) continue;
        known(connector).add(name);
        const topic = { name, connector, task, discoverTimestamp: Date.now() };
        void write(connector, name, JSON.stringify({ topic }));
      }
    },
    of: (connector) => [...known(connector)].sort(),
    async reset(connector) {
      for (const topic of known(connector)) void write(connector, topic, null);
      await last;
      // What was seen shortly before is still on its way back from the log.
      await stateLog()?.barrier(topics.status, statusPartition(connector));
    },
  };
}
