/** The latest records of a topic, and of a dead letter queue with the reasons in their headers. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import { HttpError } from './errors.ts';
import { answers, component } from './schemas.ts';

const usualLimit = 20;
const mostRecords = 100;

export function recordRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<{ Params: { topic: string }; Querystring: { limit?: string } }>(
    '/topics/:topic/records',
    {
      schema: {
        operationId: 'getLatestRecords',
        summary: 'The newest records of a topic that a connector reads, writes or rejects to',
        tags: ['topics'],
        params: {
          type: 'object',
          properties: { topic: { type: 'string', description: 'Name of the topic.', examples: ['sales_events'] } },
          required: ['topic'],
        },
        querystring: {
          type: 'object',
          properties: {
            limit: { type: 'integer', minimum: 1, maximum: mostRecords, default: usualLimit, description: 'How many.' },
          },
        },
        response: answers({ 200: component('Records') }, 404),
      },
    },
    async ({ params, query }) => connect.latestRecords(params.topic, limitOf(query.limit)),
  );
}

function limitOf(text: string | string[] | undefined): number {
  if (text === undefined) return usualLimit;
  const limit = typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (limit >= 1 && limit <= mostRecords) return limit;
  throw new HttpError(400, `limit is ${JSON.stringify(text)} and must be a number from 1 to ${mostRecords}`);
}
