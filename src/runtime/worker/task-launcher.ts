/**
 * Starts tasks, in the worker's own thread or in one of their own, and lends them what the worker has: a log, metrics
 * whose counts reach the registry once a second, and the place of source offsets.
 */
import type { Cluster } from '../cluster/cluster.ts';
import { offsetsPartition } from '../cluster/topics.ts';
import type { KafkaSettings } from '../config/model.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { createLogger, type LogWriter } from '../log.ts';
import type { LogLevels } from '../log-levels.ts';
import type { MetricsSnapshot } from '../metrics/model.ts';
import type { Registry } from '../metrics/registry.ts';
import { specsOf, taskSpecs } from '../metrics/table.ts';
import { createTaskMetrics } from '../metrics/task-metrics.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { offsetKey } from '../records/offset-key.ts';
import { startSinkTask } from '../tasks/sink-task.ts';
import { startSourceTask } from '../tasks/source-task.ts';
import type { RunningTask, TaskDescription, TaskHost } from '../tasks/task.ts';
import { startTaskInThread } from '../tasks/thread.ts';

/** How often the counts of tasks reach the registry, in ms. */
const snapshotEveryMs = 1_000;

export interface TaskLauncher {
  start(description: TaskDescription, requestReconfiguration: () => void): RunningTask;
  /** How often a task was started in this process. */
  starts(connector: string, task: number): number;
  close(): void;
}

/** Under this name a task writes its log. */
const scopeOf = (connector: string, task: number) => `${connector}|task-${task}`;

export function createTaskLauncher(options: {
  readonly cluster: Cluster;
  readonly client: KafkaClient;
  readonly kafka: KafkaSettings;
  readonly plugins: PluginRegistry;
  readonly registry: Registry;
  readonly write: LogWriter;
  readonly levels: LogLevels;
}): TaskLauncher {
  const { cluster, client, kafka, plugins, registry, write, levels } = options;
  const snapshots = new Map<string, () => void>();
  const topics = new Map<string, () => void>();
  const starts = new Map<string, number>();
  const timer = setInterval(() => {
    for (const take of snapshots.values()) take();
    for (const note of topics.values()) note();
  }, snapshotEveryMs);
  timer.unref();

  function hostOf({ connector, task }: TaskDescription, requestReconfiguration: () => void): TaskHost {
    const { name } = connector;
    const all = [connector.connector, connector.errorHandler, ...connector.transforms];
    const own = all.flatMap((configured) => specsOf(configured?.plugin.metrics ?? {}));
    registry.declare(own);
    const partition = offsetsPartition(name);
    return {
      client,
      log: createLogger(write, scopeOf(name, task), levels),
      metrics: createTaskMetrics([...taskSpecs, ...own], { connector: name, task }),
      offsets: {
        topic: cluster.topics.offsets,
        partition,
        read: () => cluster.committedOffsets(name),
        message: (of, offset) => ({
          key: offsetKey({ connector: name, partition: of }),
          value: JSON.stringify(offset),
          partition,
        }),
      },
      requestReconfiguration,
    };
  }

  return {
    start(description, requestReconfiguration) {
      const { connector, task } = description;
      const key = `${connector.name}-${task}`;
      const host = hostOf(description, requestReconfiguration);
      const own = (starts.get(key) ?? 0) + 1;
      starts.set(key, own);
      // A predecessor that was left behind may still run: from now on the key is not its own.
      registry.remove(key);
      const isCurrent = () => starts.get(key) === own;
      const update = (snapshot: MetricsSnapshot) => {
        if (isCurrent()) registry.update(key, snapshot);
      };

      let running: RunningTask;
      if (connector.settings.taskIsolation === 'thread') {
        running = startTaskInThread(description, host, {
          kafka,
          plugins: plugins.options,
          levels,
          scope: scopeOf(connector.name, task),
          onMetrics: registry.declare,
          onSnapshot: update,
        });
      } else {
        const start = connector.connector.plugin.kind === 'source' ? startSourceTask : startSinkTask;
        running = start(description, host);
        snapshots.set(key, () => update(host.metrics.snapshot()));
      }
      const noteTopics = () => cluster.activeTopics.saw(connector.name, task, running.takeTopics());
      topics.set(key, noteTopics);
      void running.ended.then(() => {
        if (!isCurrent()) return;
        snapshots.get(key)?.();
        snapshots.delete(key);
        noteTopics();
        topics.delete(key);
        registry.remove(key);
      });
      return running;
    },
    starts: (connector, task) => starts.get(`${connector}-${task}`) ?? 0,
    close: () => clearInterval(timer),
  };
}
