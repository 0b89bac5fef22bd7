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
  /** Forgets the topics of a connector; what it goes on with comes back. Rejects when Kafka does not take it. */
  reset(connector: string): Promise<void>;
}

/** No connector's name has a slash, and no topic's a colon. */
const pattern = /^status-topic-([^:]+):connector-(.+)$/s;
const keyOf = (topic: string, connector: string) => `status-topic-${topic}:connector-${connector}`;

export function createActiveTopics(topics: ClusterTopics, stateLog: () => StateLog | undefined): ActiveTopics {
  const connectors = new Map<string, Set<string>>();
  let last: Promise<unknown> = Promise.resolve();

  /** One after the other: kafkajs sends what comes at once in any order, and the last record of a key must stay the last. */
  function write(connector: string, topic: string, value: string | null): Promise<void> {
    const written = last.then(() =>
      stateLog()?.append(topics.status, statusPartition(connector), keyOf(topic, connector), value),
    );
    last = written.catch(() => undefined);
    return written;
  }

  function add(connector: string, topic: string): void {
    const known = connectors.get(connector) ?? new Set();
    connectors.set(connector, known.add(topic));
  }

  function forget(connector: string, topic: string): void {
    const known = connectors.get(connector);
    known?.delete(topic);
    if (known?.size === 0) connectors.delete(connector);
  }

  return {
    apply({ key, value }) {
      const [, topic, connector] = pattern.exec(key) ?? [];
      if (topic === undefined || connector === undefined) return;
      if (value === undefined) forget(connector, topic);
      else add(connector, topic);
    },
    saw(connector, task, seen) {
      for (const name of seen) {
        if (connectors.get(connector)?.has(name)) continue;
        add(connector, name);
        const topic = { name, connector, task, discoverTimestamp: Date.now() };
        // Seen again it is written again.
        write(connector, name, JSON.stringify({ topic })).catch(() => forget(connector, name));
      }
    },
    of: (connector) => [...(connectors.get(connector) ?? [])].sort(),
    async reset(connector) {
      await Promise.all([...(connectors.get(connector) ?? [])].map((topic) => write(connector, topic, null)));
      // What was seen shortly before is still on its way back from the log.
      await stateLog()?.barrier(topics.status, statusPartition(connector));
    },
  };
}
