/**
 * Starts tasks, in the worker's own thread or in one of their own, and lends them what the worker has: a log, metrics
 * whose counts reach the registry once a second, and the place of source offsets.
 */
import type { Cluster } from '../cluster/cluster.ts';
import { offsetsPartition } from '../cluster/topics.ts';
import type { KafkaSettings } from '../config/model.ts';
import { secretsOf, secretsOfKafka } from '../config/secrets.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { createLogger, type LogWriter } from '../log.ts';
import type { LogLevels } from '../log-levels.ts';
import type { MetricsSnapshot } from '../metrics/model.ts';
import type { Registry } from '../metrics/registry.ts';
import { specsOf, taskSpecs } from '../metrics/table.ts';
import { createTaskMetrics } from '../metrics/task-metrics.ts';
import type { PluginRegistry } from '../plugins/registry.ts';
import { offsetKey } from '../records/offset-key.ts';
import { type Redaction, redactedWriter, redactionOf } from '../redaction.ts';
import { startSinkTask } from '../tasks/sink-task.ts';
import { startSourceTask } from '../tasks/source-task.ts';
import type { StallReport } from '../tasks/stall-watch.ts';
import type { RunningTask, TaskDescription, TaskHost } from '../tasks/task.ts';
import { startTaskInThread } from '../tasks/thread.ts';

/** How often the counts of tasks reach the registry, in ms. */
const snapshotEveryMs = 1_000;

/** What a task asks of its connector, and tells it. */
export interface TaskRequests {
  readonly requestReconfiguration: () => void;
  readonly onStall: (report: StallReport | undefined) => void;
}

export interface TaskLauncher {
  start(description: TaskDescription, requests: TaskRequests): RunningTask;
  /** How often a task was started in this process. */
  starts(connector: string, task: number): number;
  /** How many tasks run in threads of their own. */
  readonly threads: number;
  close(): void;
}

/** The task with another end: its error is shown in the log and by REST, and kept in the status topic. */
function withoutSecrets(running: RunningTask, redaction: Redaction): RunningTask {
  const ended = running.ended.then((error) => error && redaction.error(error));
  return Object.create(running, { ended: { value: ended } }) as RunningTask;
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
  const inThreads = new Set<RunningTask>();
  const timer = setInterval(() => {
    for (const take of snapshots.values()) take();
    for (const note of topics.values()) note();
  }, snapshotEveryMs);
  timer.unref();

  function hostOf(
    { connector, task }: TaskDescription,
    redaction: Redaction,
    { requestReconfiguration, onStall }: TaskRequests,
  ): TaskHost {
    const { name } = connector;
    const all = [connector.connector, connector.errorHandler, ...connector.transforms];
    const own = all.flatMap((configured) => specsOf(configured?.plugin.metrics ?? {}));
    registry.declare(own);
    const partition = offsetsPartition(name);
    const log = createLogger(redactedWriter(write, redaction), scopeOf(name, task), levels);
    let isStalled = false;
    return {
      client,
      log,
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
      stalled(report) {
        if (report === undefined) log.info('flows again');
        else if (!isStalled) log.warn(`stands still: ${report.reason}`);
        isStalled = report !== undefined;
        onStall(report && { ...report, reason: redaction.text(report.reason) });
      },
    };
  }

  return {
    start(description, requests) {
      const { connector, task } = description;
      const key = `${connector.name}-${task}`;
      const redaction = redactionOf([...secretsOf(connector), ...secretsOfKafka(kafka)]);
      const host = hostOf(description, redaction, requests);
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
        inThreads.add(running);
        void running.ended.then(() => inThreads.delete(running));
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
      return withoutSecrets(running, redaction);
    },
    starts: (connector, task) => starts.get(`${connector}-${task}`) ?? 0,
    get threads() {
      return inThreads.size;
    },
    close: () => clearInterval(timer),
  };
}
