/** The worker itself: what it is, and for a browser the live page. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import { sendPage, wantsPage } from './page.ts';
import { answers, component } from './schemas.ts';

const tags = ['worker'];

export function rootRoutes(app: FastifyInstance, connect: Connect): void {
  app.get(
    '/',
    {
      config: { produces: ['application/json', 'text/html'], isPublic: wantsPage },
      schema: {
        operationId: 'getServerInfo',
        summary: 'Version of the worker and its Kafka cluster',
        tags,
        response: answers({ 200: component('ServerInfo') }),
      },
    },
    async (request, reply) => (wantsPage(request) ? sendPage(request, reply) : connect.server()),
  );
}
