/** A worker as it runs: our REST API, the runtime behind it, and the embedded broker. */
import { startBroker } from '../../../src/embedded/kafka/index.ts';
import { startRest } from '../../../src/rest/server.ts';
import { createReferences } from '../../../src/runtime/config/references.ts';
import type { Connect } from '../../../src/runtime/connect.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { startWorker } from '../../../src/runtime/worker/worker.ts';
import { eventually } from '../../helpers/eventually.ts';
import { collectLog } from '../../helpers/log.ts';
import { workerSettings } from '../../helpers/runtime/worker-settings.ts';
import type { Plugins } from './model.ts';
import type { RunningSide } from './replay.ts';

const source = { 'connector.class': 'orders', 'tasks.max': '1', topic: 'orders' };

/** What it has, in `plugins/`. A plugin has one name here. */
export const workerPlugins: Plugins = {
  source,
  sourceNames: { short: 'orders', simple: 'orders' },
  sink: { 'connector.class': 'cellar', 'tasks.max': '1', topics: 'orders' },
  taskFails: { 'connector.class': 'corked', 'tasks.max': '1' },
  // REST takes the name of a variable; that this worker has none of that name is seen when it starts.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference, not a template
  connectorFails: { ...source, note: '${env:CAVES_NOWHERE}' },
  nothingYet: { ...source, 'order.count': '0' },
  place: {
    partition: { partition: '0' },
    offset: { next: 2 },
    further: { next: 3 },
    end: { next: 4 },
    wrong: { next: 'x' },
  },
  transform: 'relabel',
  converter: 'org.apache.kafka.connect.json.JsonConverter',
  optional: 'order.size',
  text: 'note',
  loggers: { one: 'worker', namespace: 'orders-in', inside: 'orders-in|task-0' },
};

export interface RunningWorker extends RunningSide {
  readonly connect: Connect;
  /** What REST has logged. */
  readonly lines: readonly string[];
}

/** Resolves when it is healthy and knows its plugins. */
export async function startWorkerWithRest(): Promise<RunningWorker> {
  const broker = await startBroker();
  const connect = startWorker({
    settings: workerSettings(broker, { logLevel: 'info' }),
    plugins: createPluginRegistry({ builtIns: new URL('plugins/', import.meta.url) }),
    references: createReferences({ env: {}, restEnv: ['CAVES_*'], folder: '/nowhere', folders: [] }),
    write: () => {},
  });
  const { log, lines } = collectLog();
  const rest = await startRest({ connect, registry: connect.metrics, host: '127.0.0.1', port: 0, log });
  await connect.ready;
  await eventually(() => connect.plugins().length >= 5);
  return {
    url: rest.url,
    connect,
    lines,
    stopKafka: () => broker.close(),
    async stop() {
      await rest.close();
      await connect.close();
      await broker.close();
    },
  };
}
