/** The other side of thread.ts: what runs in the thread. Loads the plugins, runs one task, reports, and ends. */
import { inspect } from 'node:util';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type {
  ErrorHandlerPlugin,
  Plugin,
  SinkPlugin,
  SourceOffset,
  SourcePlugin,
  TransformPlugin,
} from '../../sdk/index.ts';
import type { Configured, ResolvedConnector } from '../config/model.ts';
import { createKafkaClient } from '../kafka/client.ts';
import { createLogger, type LogWriter } from '../log.ts';
import { specsOf, taskSpecs } from '../metrics/table.ts';
import { createTaskMetrics } from '../metrics/task-metrics.ts';
import { createPluginRegistry } from '../plugins/registry.ts';
import { offsetKey } from '../records/offset-key.ts';
import { startSinkTask } from './sink-task.ts';
import { startSourceTask } from './source-task.ts';
import type { TaskDescription, TaskHost } from './task.ts';
import { type FromThread, fromText, type ThreadTask, type ToThread, toText } from './thread-messages.ts';
import { showThreadVitals } from './thread-vitals.ts';

/** How often counts and progress cross to the worker, in ms. */
const reportEveryMs = 250;

await run(workerData as ThreadTask, parentPort as MessagePort);

async function run(given: ThreadTask, port: MessagePort): Promise<void> {
  const say = (message: FromThread) => port.postMessage(message);
  const write: LogWriter = ({ level, message, fields }) => say({ type: 'log', level, message, fields: plain(fields) });
  let level = given.logLevel;
  const log = createLogger(write, '', { of: () => level, announce: () => {} });
  const client = createKafkaClient(given.kafka, log);
  const asked = new Map<number, PromiseWithResolvers<ReadonlyMap<string, SourceOffset>>>();
  let lastAsked = 0;

  try {
    const connector = await load(given);
    const description: TaskDescription = { connector, task: given.task, tasks: given.tasks, groupId: given.groupId };
    const plugins = [connector.connector, connector.errorHandler, ...connector.transforms];
    const specs = plugins.flatMap((configured) => specsOf(configured?.plugin.metrics ?? {}));
    say({ type: 'started', metrics: specs });
    const metrics = createTaskMetrics([...taskSpecs, ...specs], { connector: given.name, task: given.task });
    const host: TaskHost = {
      client,
      log,
      metrics,
      offsets: {
        ...given.offsets,
        read() {
          const id = ++lastAsked;
          const answer = Promise.withResolvers<ReadonlyMap<string, SourceOffset>>();
          asked.set(id, answer);
          say({ type: 'offsets', id });
          return answer.promise;
        },
        message: (partition, offset) => ({
          key: offsetKey({ connector: given.name, partition }),
          value: JSON.stringify(offset),
          partition: given.offsets.partition,
        }),
      },
      stalled: (report) => say({ type: 'stalled', report }),
      requestReconfiguration: () => say({ type: 'reconfigure' }),
    };
    const start = connector.connector.plugin.kind === 'source' ? startSourceTask : startSinkTask;
    const task = start(description, host);
    port.on('message', (message: ToThread) => {
      if (message.type === 'stop') task.stop();
      else if (message.type === 'abort') task.abort();
      else if (message.type === 'level') level = message.level;
      else {
        const answer = asked.get(message.id);
        asked.delete(message.id);
        if (message.offsets !== undefined) answer?.resolve(message.offsets);
        else if (message.error !== undefined) answer?.reject(fromText(message.error));
      }
    });
    const report = () => {
      say({ type: 'metrics', snapshot: metrics.snapshot() });
      say({ type: 'progress', idle: task.idle, settled: task.settled, topics: task.takeTopics() });
    };
    const hideVitals = showThreadVitals(metrics);
    const timer = setInterval(report, reportEveryMs);
    const error = await task.ended;
    hideVitals();
    clearInterval(timer);
    report();
    say({ type: 'ended', error: error && toText(error) });
  } catch (error) {
    say({ type: 'ended', error: toText(error) });
  } finally {
    await client.close();
    port.close();
  }
}

/** The plugins as this thread sees them: other copies of the same modules. */
async function load(given: ThreadTask): Promise<ResolvedConnector> {
  const registry = createPluginRegistry(given.plugins);
  const { name, flat, settings, connector, errorHandler, transforms } = given;
  async function configured<P extends Plugin>({ ref, config }: ThreadTask['connector']): Promise<Configured<P>> {
    return { ref, config, plugin: (await registry.load(ref)) as P };
  }
  return {
    name,
    flat,
    settings,
    connector: await configured<SourcePlugin & SinkPlugin>(connector),
    errorHandler: errorHandler && (await configured<ErrorHandlerPlugin>(errorHandler)),
    transforms: await Promise.all(
      transforms.map(async (it) => ({ alias: it.alias, ...(await configured<TransformPlugin>(it)) })),
    ),
  };
}

/** Fields of a log line as something that can be cloned. */
function plain(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'object' || typeof value === 'function' ? inspect(value) : value,
    ]),
  );
}
