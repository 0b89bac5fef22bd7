/** `GET /metrics` for Prometheus: on REST, and alone on the port where the seed has it. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from '../runtime/metrics/registry.ts';
import type { Logger } from '../sdk/index.ts';
import { createApp } from './app.ts';
import { type Address, type Listening, listenOn } from './listen.ts';

export function metricsRoutes(app: FastifyInstance, registry: Registry): void {
  app.get('/metrics', { config: { produces: 'text/plain' } }, async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.text()),
  );
}

/** Serves `/metrics` and nothing else. */
export function startMetricsServer(options: Address & { registry: Registry; log: Logger }): Promise<Listening> {
  const { registry, log, ...address } = options;
  const app = createApp(log, (routes) => metricsRoutes(routes, registry));
  return listenOn(app, { ...address, key: 'metrics.port', log });
}
