/** The worker itself: what it is, and whether it is well. */
import type { FastifyInstance } from 'fastify';
import type { Connect, Health } from '../runtime/connect.ts';

const statusOf: Readonly<Record<Health['status'], number>> = { healthy: 200, unhealthy: 500, starting: 503 };

export function rootRoutes(app: FastifyInstance, connect: Connect): void {
  app.get('/', async () => connect.server());
  app.get('/health', async (_request, reply) => {
    const health = connect.health();
    return reply.code(statusOf[health.status]).send(health);
  });
}
