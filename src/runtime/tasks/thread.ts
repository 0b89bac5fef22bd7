/**
 * A task in a thread of its own: whatever its plugin does (spin, leak, throw from a timer), REST, metrics and the
 * neighbours go on. It costs some 20 MB and a Kafka client of its own. To the worker it looks like any other task.
 */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Position } from '../../sdk/index.ts';
import type { KafkaSettings } from '../config/model.ts';
import type { LogLevels } from '../log-levels.ts';
import type { MetricSpec, MetricsSnapshot } from '../metrics/model.ts';
import type { RegistryOptions } from '../plugins/registry.ts';
import { createSeenTopics } from './seen-topics.ts';
import { asError, type RunningTask, type TaskDescription, type TaskHost } from './task.ts';
import { type FromThread, fromText, type ThreadTask, type ToThread, toText } from './thread-messages.ts';

/** How long a thread has to end after its task has, or after it was told to end at once. */
const terminateAfterMs = 2_000;

export interface ThreadSurroundings {
  readonly kafka: KafkaSettings;
  readonly plugins: RegistryOptions;
  readonly levels: LogLevels;
  /** The name of the task's logger. */
  readonly scope: string;
  /** What the thread counts: its copy of a plugin's file may be newer than the worker's. */
  readonly onMetrics: (specs: readonly MetricSpec[]) => void;
  readonly onSnapshot: (snapshot: MetricsSnapshot) => void;
}

export function startTaskInThread(
  description: TaskDescription,
  host: TaskHost,
  surroundings: ThreadSurroundings,
): RunningTask {
  const entry = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url);
  const thread = new Worker(entry, { workerData: threadTaskOf(description, host, surroundings) });
  const { levels, scope } = surroundings;
  const end = Promise.withResolvers<Error | undefined>();
  let progress: { readonly idle: boolean; readonly settled: readonly Position[] } = { idle: false, settled: [] };
  const seenTopics = createSeenTopics();
  let told = false;

  const tell = (message: ToThread) => thread.postMessage(message);
  const terminateSoon = () => setTimeout(() => void thread.terminate(), terminateAfterMs).unref();
  // A timer or socket that a plugin has left open would keep the thread for ever.
  void end.promise.then(terminateSoon);
  // What the thread does not write need not cross over; `host.log` has the last word.
  const unwatch = levels.watch(() => tell({ type: 'level', level: levels.of(scope) }));
  void end.promise.then(unwatch);

  function receive(message: FromThread): void {
    switch (message.type) {
      case 'started':
        surroundings.onMetrics(message.metrics);
        break;
      case 'log':
        host.log[message.level](message.message, message.fields);
        break;
      case 'metrics':
        surroundings.onSnapshot(message.snapshot);
        break;
      case 'progress':
        progress = message;
        seenTopics.add(message.topics);
        break;
      case 'reconfigure':
        host.requestReconfiguration();
        break;
      case 'ended':
        end.resolve(message.error && fromText(message.error));
        break;
      case 'offsets':
        host.offsets.read().then(
          (offsets) => tell({ type: 'offsets', id: message.id, offsets }),
          (error) => tell({ type: 'offsets', id: message.id, error: toText(error) }),
        );
    }
  }

  thread.on('message', (message: FromThread) => {
    try {
      receive(message);
    } catch (error) {
      // It must not reach the worker: what a thread says that nobody can take is the end of that thread.
      end.resolve(asError(error));
      void thread.terminate();
    }
  });
  thread.on('error', (error) =>
    end.resolve(new Error(`The thread of the task failed: ${asError(error).message}`, { cause: error })),
  );
  thread.on('exit', (code) =>
    end.resolve(told ? undefined : new Error(`The thread of the task ended by itself (code ${code}).`)),
  );

  return {
    ended: end.promise,
    get idle() {
      return progress.idle;
    },
    get settled() {
      return progress.settled;
    },
    takeTopics: seenTopics.take,
    stop() {
      told = true;
      tell({ type: 'stop' });
    },
    abort() {
      told = true;
      tell({ type: 'abort' });
      terminateSoon();
    },
  };
}

function threadTaskOf(
  { connector, task, tasks, groupId }: TaskDescription,
  { offsets }: TaskHost,
  { kafka, plugins, levels, scope }: ThreadSurroundings,
): ThreadTask {
  const { name, flat, settings, errorHandler, transforms } = connector;
  return {
    name,
    flat,
    settings,
    connector: { ref: connector.connector.ref, config: connector.connector.config },
    errorHandler: errorHandler && { ref: errorHandler.ref, config: errorHandler.config },
    transforms: transforms.map(({ alias, ref, config }) => ({ alias, ref, config })),
    task,
    tasks,
    groupId,
    kafka,
    plugins: { ...(plugins.folder && { folder: plugins.folder }), pluginPath: plugins.pluginPath ?? [] },
    logLevel: levels.of(scope),
    offsets: { topic: offsets.topic, partition: offsets.partition },
  };
}
