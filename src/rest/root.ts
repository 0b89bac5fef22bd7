/** The worker itself: what it is, and whether it is well. */
import type { FastifyInstance } from 'fastify';
import type { Connect, Health } from '../runtime/connect.ts';
import { answers, component } from './schemas.ts';

const statusOf: Readonly<Record<Health['status'], number>> = { healthy: 200, unhealthy: 500, starting: 503 };

const tags = ['worker'];

export function rootRoutes(app: FastifyInstance, connect: Connect): void {
  app.get(
    '/',
    {
      schema: {
        operationId: 'getServerInfo',
        summary: 'Version of the worker and its Kafka cluster',
        tags,
        response: answers({ 200: component('ServerInfo') }),
      },
    },
    async () => connect.server(),
  );

  app.get(
    '/health',
    {
      config: { opens: 'health' },
      schema: {
        operationId: 'getHealth',
        summary: 'Whether the worker can do its work',
        tags,
        response: answers({
          200: component('Health', 'It can.'),
          500: component('Health', 'It cannot.'),
          503: component('Health', 'Not yet: it is starting.'),
        }),
      },
    },
    async (_request, reply) => {
      const health = connect.health();
      return reply.code(statusOf[health.status]).send(health);
    },
  );
}
