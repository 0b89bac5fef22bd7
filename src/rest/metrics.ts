/** `GET /metrics` for Prometheus: on REST, and alone on the port where the seed has it. */
import type { FastifyInstance } from 'fastify';
import type { Registry } from '../runtime/metrics/registry.ts';
import { type AppOptions, createApp } from './app.ts';
import { type Address, type Listening, listenOn } from './listen.ts';
import { answers } from './schemas.ts';

export function metricsRoutes(app: FastifyInstance, registry: Registry): void {
  app.get(
    '/metrics',
    {
      config: { produces: 'text/plain', opens: 'metrics' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        tags: ['worker'],
        response: answers({
          200: { description: 'Prometheus text', content: { 'text/plain': { schema: { type: 'string' } } } },
        }),
      },
    },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.text()),
  );
}

/** Serves `/metrics` and nothing else. */
export function startMetricsServer(options: Address & AppOptions & { registry: Registry }): Promise<Listening> {
  const { registry, ...own } = options;
  const app = createApp(own, (routes) => metricsRoutes(routes, registry));
  return listenOn(app, { ...own, key: 'metrics.port' });
}
