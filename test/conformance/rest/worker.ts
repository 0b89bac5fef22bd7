/** A worker as it runs: our REST API, the runtime behind it, and the embedded broker. */
import { startBroker } from '../../../src/embedded/kafka/index.ts';
import { startRest } from '../../../src/rest/server.ts';
import type { Connect } from '../../../src/runtime/connect.ts';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { startWorker } from '../../../src/runtime/worker/worker.ts';
import { eventually } from '../../helpers/eventually.ts';
import { collectLog } from '../../helpers/log.ts';
import { noReferences, workerSettings } from '../../helpers/runtime/worker-settings.ts';
import type { Plugins } from './model.ts';

const source = { 'connector.class': 'orders', 'tasks.max': '1', topic: 'orders' };

/** What it has, in `plugins/`. */
export const workerPlugins: Plugins = {
  source,
  sink: { 'connector.class': 'cellar', 'tasks.max': '1', topics: 'orders' },
  taskFails: { ...source, fail: 'true' },
  place: { partition: { partition: '0' }, offset: { next: 2 }, further: { next: 3 } },
  transform: 'relabel',
  optional: 'order.size',
  text: 'note',
  logger: 'worker',
};

export interface RunningWorker {
  readonly url: string;
  readonly connect: Connect;
  /** What REST has logged. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Resolves when it is healthy and knows its plugins. */
export async function startWorkerWithRest(): Promise<RunningWorker> {
  const broker = await startBroker();
  const connect = startWorker({
    settings: workerSettings(broker, { logLevel: 'info' }),
    plugins: createPluginRegistry({ builtIns: new URL('plugins/', import.meta.url) }),
    references: noReferences,
    write: () => {},
  });
  const { log, lines } = collectLog();
  const rest = await startRest({ connect, registry: connect.metrics, host: '127.0.0.1', port: 0, log });
  await eventually(() => connect.health().status === 'healthy' && connect.plugins().length >= 3);
  return {
    url: rest.url,
    connect,
    lines,
    async stop() {
      await rest.close();
      await connect.close();
      await broker.close();
    },
  };
}
