/** Tasks started by hand, without a worker, so that a test can end one in any way and start the next. */
import { onTestFinished } from 'vitest';
import { resolveConnector } from '../../../src/runtime/config/resolve.ts';
import type { KafkaClient } from '../../../src/runtime/kafka/client.ts';
import { ensureTopics } from '../../../src/runtime/kafka/topics.ts';
import { createLogger, type LogEntry } from '../../../src/runtime/log.ts';
import { specsOf, taskSpecs } from '../../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../../src/runtime/metrics/task-metrics.ts';
import type { PluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { offsetKey } from '../../../src/runtime/records/offset-key.ts';
import { startSinkTask } from '../../../src/runtime/tasks/sink-task.ts';
import { startSourceTask } from '../../../src/runtime/tasks/source-task.ts';
import type { StallReport } from '../../../src/runtime/tasks/stall-watch.ts';
import type { RunningTask, TaskHost } from '../../../src/runtime/tasks/task.ts';
import type { SourceOffset } from '../../../src/sdk/index.ts';
import { readAll, textOf } from './kafka.ts';
import { noReferences } from './worker-settings.ts';

export interface TestTask extends RunningTask {
  readonly log: readonly LogEntry[];
  readonly metrics: ReturnType<typeof createTaskMetrics>;
  /** What it told of its standing still, in order; undefined where it went on. */
  readonly stalls: readonly (StallReport | undefined)[];
  readonly reconfigurations: number;
}

export interface TaskOptions {
  readonly client: KafkaClient;
  readonly registry: PluginRegistry;
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly task?: number;
  readonly tasks?: number;
}

const offsetsTopic = 'test-offsets';

/** Starts one task of a connector; it is ended with the test. */
export async function startTask(options: TaskOptions): Promise<TestTask> {
  const running = await beginTask(options);
  onTestFinished(async () => {
    running.abort();
    await running.ended;
  });
  return running;
}

/** Starts one task of a connector; whoever starts it ends it. */
export async function beginTask({
  client,
  registry,
  name,
  config,
  task = 0,
  tasks = 1,
}: TaskOptions): Promise<TestTask> {
  const connector = await resolveConnector(name, { ...config, name }, registry, noReferences);
  const log: LogEntry[] = [];
  const stalls: (StallReport | undefined)[] = [];
  const counts = { reconfigurations: 0 };
  const metrics = createTaskMetrics([...taskSpecs, ...specsOf(connector.connector.plugin.metrics ?? {})], {
    connector: name,
    task,
  });
  const host: TaskHost = {
    client,
    log: createLogger((entry) => log.push(entry), `${name}|task-${task}`, 'debug'),
    metrics,
    offsets: {
      topic: offsetsTopic,
      partition: 0,
      read: () => committedSourceOffsets(client, name),
      message: (partition, offset) => ({
        key: offsetKey({ connector: name, partition: partition }),
        value: JSON.stringify(offset),
        partition: 0,
      }),
    },
    stalled: (report) => stalls.push(report),
    requestReconfiguration: () => counts.reconfigurations++,
  };
  const begin = connector.connector.plugin.kind === 'source' ? startSourceTask : startSinkTask;
  if (begin === startSourceTask) {
    await ensureTopics(client, [{ topic: offsetsTopic, partitions: 1, replicationFactor: 1 }]);
  }
  const running = begin({ connector, task, tasks, groupId: 'test' }, host);
  return Object.defineProperties(running, {
    log: { value: log },
    stalls: { value: stalls },
    metrics: { value: metrics },
    reconfigurations: { get: () => counts.reconfigurations },
  }) as TestTask;
}

/** The offsets of a source as they are committed now. */
export async function committedSourceOffsets(
  client: KafkaClient,
  connector: string,
): Promise<ReadonlyMap<string, SourceOffset>> {
  const offsets = new Map<string, SourceOffset>();
  for (const { key, value } of await readAll(client, offsetsTopic)) {
    const [owner, { partition }] = JSON.parse(textOf(key) ?? 'null') as [string, { partition: string }];
    if (owner === connector) offsets.set(partition, JSON.parse(textOf(value) ?? 'null') as SourceOffset);
  }
  return offsets;
}

/** Resolves when the task has ended without a failure. */
export async function stopped(task: RunningTask): Promise<void> {
  task.stop();
  const error = await task.ended;
  if (error !== undefined) throw error;
}
