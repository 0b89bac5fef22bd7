/**
 * A task in a thread of its own: whatever its plugin does (spin, leak, throw from a timer), REST, metrics and the
 * neighbours go on. It costs some 20 MB and a Kafka client of its own. To the worker it looks like any other task.
 */
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { Worker } from 'node:worker_threads';
import type { Position } from '../../sdk/index.ts';
import type { KafkaSettings } from '../config/model.ts';
import type { LogLevels } from '../log-levels.ts';
import type { MetricSpec, MetricsSnapshot } from '../metrics/model.ts';
import type { RegistryOptions } from '../plugins/registry.ts';
import { createSeenTopics } from './seen-topics.ts';
import { type StallReport, seconds, watchForStalls } from './stall-watch.ts';
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
  const workerData = threadTaskOf(description, host, surroundings);
  const thread = new Worker(entry, { workerData, stdout: true, stderr: true });
  // What a plugin writes past its logger (console.log) gets a name and a place, and shows no secret either.
  createInterface({ input: thread.stdout }).on('line', (line) => host.log.info(line));
  createInterface({ input: thread.stderr }).on('line', (line) => host.log.warn(line));
  const { levels, scope } = surroundings;
  const end = Promise.withResolvers<Error | undefined>();
  let progress: { readonly idle: boolean; readonly settled: readonly Position[] } = { idle: false, settled: [] };
  const seenTopics = createSeenTopics();
  let told = false;
  let heard = 0n;
  /** By the thread itself, and by us of a thread that is silent. */
  const stalls: { inside?: StallReport | undefined; silence?: StallReport | undefined } = {};
  const tellStall = () => host.stalled(stalls.silence ?? stalls.inside);

  const tell = (message: ToThread) => thread.postMessage(message);
  const terminateSoon = () => setTimeout(() => void thread.terminate(), terminateAfterMs).unref();
  // A timer or socket that a plugin has left open would keep the thread for ever.
  void end.promise.then(terminateSoon);
  // What the thread does not write need not cross over; `host.log` has the last word.
  const unwatch = levels.watch(() => tell({ type: 'level', level: levels.of(scope) }));
  void end.promise.then(unwatch);

  // A thread reports several times a second: one that does not is held by something that never gives way.
  const watch = watchForStalls({
    rules: { timeoutMs: description.connector.settings.stallTimeoutMs, lingerMs: 0 },
    look: () => ({ lanes: [{ name: '', settled: heard, delivered: heard + 1n, end: heard + 1n }], hungry: false }),
    words: ({ stoodMs }) =>
      `Its thread has said nothing for ${seconds(stoodMs)}: something in it computes and never gives way.`,
    tell: (report) => {
      stalls.silence = report;
      tellStall();
    },
  });
  void end.promise.then(watch.close);

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
      case 'stalled':
        stalls.inside = message.report;
        tellStall();
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
    heard++;
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
      watch.close();
      tell({ type: 'stop' });
    },
    abort() {
      told = true;
      watch.close();
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
