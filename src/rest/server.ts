/** The REST API of a worker. It answers from the first moment, also while Kafka is not there: `Connect` says what can be had. */
import type { Connect } from '../runtime/connect.ts';
import type { Registry } from '../runtime/metrics/registry.ts';
import { createOverview } from '../runtime/overview/overview.ts';
import type { Logger } from '../sdk/index.ts';
import { type AppOptions, createApp } from './app.ts';
import { configRoutes } from './configs.ts';
import { connectorRoutes } from './connectors.ts';
import { docsRoutes } from './docs.ts';
import { healthRoutes } from './health.ts';
import { lifecycleRoutes } from './lifecycle.ts';
import { type Address, type Listening, listenOn } from './listen.ts';
import { loggerRoutes } from './loggers.ts';
import { metricsRoutes } from './metrics.ts';
import { offsetRoutes } from './offsets.ts';
import { overviewRoutes } from './overview.ts';
import { pageRoutes } from './page.ts';
import { pluginRoutes } from './plugins.ts';
import { recordRoutes } from './records.ts';
import { rootRoutes } from './root.ts';
import { taskRoutes } from './tasks.ts';
import { topicRoutes } from './topics.ts';
import { isLoopback } from './web-pages.ts';

export { startMetricsServer } from './metrics.ts';

export interface RestOptions extends Address, AppOptions {
  readonly connect: Connect;
  readonly registry: Registry;
}

/** Starts to listen; see {@link listenOn} for what happens when the port is taken. */
export async function startRest({ connect, registry, ...options }: RestOptions): Promise<Listening> {
  const { log, auth } = options;
  const overview = createOverview({ connect, samples: registry.samples });
  const app = createApp(options, (routes) => {
    docsRoutes(routes, auth);
    rootRoutes(routes, connect);
    healthRoutes(routes, connect);
    connectorRoutes(routes, connect);
    configRoutes(routes, connect);
    lifecycleRoutes(routes, connect);
    taskRoutes(routes, connect);
    topicRoutes(routes, connect);
    recordRoutes(routes, connect);
    offsetRoutes(routes, connect);
    pluginRoutes(routes, connect);
    loggerRoutes(routes, connect);
    metricsRoutes(routes, registry);
    overviewRoutes(routes, overview);
    pageRoutes(routes);
  });
  app.addHook('onClose', async () => overview.close());
  const listening = await listenOn(app, { ...options, key: 'rest.port' });
  if (auth === undefined) warnWhenOpen(options.host, log);
  return listening;
}

/** A container listens on all of its addresses: from where its ports can be reached, only who publishes them can say. */
function warnWhenOpen(host: string, log: Logger): void {
  if (isLoopback(process.env['REST_PUBLISHED_ON'] || host)) return;
  log.warn(
    `The REST API listens on ${host} and asks nobody who they are: whoever reaches it can change connectors. ` +
      'Set rest.auth.users or rest.auth.tokens, or rest.host: 127.0.0.1.',
  );
}
