/** The REST API of a worker. It answers from the first moment, also while Kafka is not there: `Connect` says what can be had. */
import type { Connect } from '../runtime/connect.ts';
import type { Registry } from '../runtime/metrics/registry.ts';
import type { Logger } from '../sdk/index.ts';
import { createApp } from './app.ts';
import { connectorRoutes } from './connectors.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { type Address, type Listening, listenOn } from './listen.ts';
import { metricsRoutes } from './metrics.ts';
import { pluginRoutes } from './plugins.ts';
import { rootRoutes } from './root.ts';

export { startMetricsServer } from './metrics.ts';

export interface RestOptions extends Address {
  readonly connect: Connect;
  readonly registry: Registry;
  readonly log: Logger;
}

/** Starts to listen; see {@link listenOn} for what happens when the port is taken. */
export function startRest({ connect, registry, log, ...address }: RestOptions): Promise<Listening> {
  const app = createApp(log, (routes) => {
    rootRoutes(routes, connect);
    connectorRoutes(routes, connect);
    lifecycleRoutes(routes, connect);
    pluginRoutes(routes, connect);
    metricsRoutes(routes, registry);
  });
  return listenOn(app, { ...address, key: 'rest.port', log });
}
