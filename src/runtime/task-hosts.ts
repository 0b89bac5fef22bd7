/** What the worker lends to its tasks: a log, metrics with a snapshot a second, and the place of source offsets. */

import type { Cluster } from './cluster/cluster.ts';
import { offsetKey } from './cluster/offset-store.ts';
import { offsetsPartition } from './cluster/topics.ts';
import type { KafkaClient } from './kafka/client.ts';
import { createLogger, type LogLevel, type LogWriter } from './log.ts';
import type { Registry } from './metrics/registry.ts';
import { specsOf, taskSpecs } from './metrics/table.ts';
import { createTaskMetrics } from './metrics/task-metrics.ts';
import type { TaskDescription, TaskHost } from './tasks/task.ts';

/** How often the counts of tasks reach the registry, in ms. */
const snapshotEveryMs = 1_000;

export interface TaskHosts {
  /** The host of one task, for one start of it. */
  open(description: TaskDescription, requestReconfiguration: () => void): TaskHost;
  /** The task has ended: its last counts are taken. */
  release(description: TaskDescription): void;
  /** How often a task was started in this process. */
  starts(connector: string, task: number): number;
  close(): void;
}

export function createTaskHosts(options: {
  readonly cluster: Cluster;
  readonly client: KafkaClient;
  readonly registry: Registry;
  readonly write: LogWriter;
  readonly level: LogLevel;
}): TaskHosts {
  const { cluster, client, registry } = options;
  const snapshots = new Map<string, () => void>();
  const starts = new Map<string, number>();
  const timer = setInterval(() => {
    for (const take of snapshots.values()) take();
  }, snapshotEveryMs);
  timer.unref();

  return {
    open({ connector, task }, requestReconfiguration) {
      const { name } = connector;
      const key = `${name}-${task}`;
      const plugins = [connector.connector, connector.errorHandler, ...connector.transforms];
      const own = plugins.flatMap((configured) => specsOf(configured?.plugin.metrics ?? {}));
      registry.declare(own);
      const metrics = createTaskMetrics([...taskSpecs, ...own], { connector: name, task });
      snapshots.set(key, () => registry.update(key, metrics.snapshot()));
      starts.set(key, (starts.get(key) ?? 0) + 1);
      const partition = offsetsPartition(name);
      return {
        client,
        log: createLogger(options.write, `${name}|task-${task}`, options.level),
        metrics,
        offsets: {
          topic: cluster.topics.offsets,
          partition,
          read: () => cluster.committedOffsets(name),
          message: (of, offset) => ({ key: offsetKey(name, of), value: JSON.stringify(offset), partition }),
        },
        requestReconfiguration,
      };
    },
    release({ connector, task }) {
      const key = `${connector.name}-${task}`;
      snapshots.get(key)?.();
      snapshots.delete(key);
      registry.remove(key);
    },
    starts: (connector, task) => starts.get(`${connector}-${task}`) ?? 0,
    close: () => clearInterval(timer),
  };
}
