/** The topics that a connector has used. As with Kafka Connect, one that there is not has used none. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import type { Named } from './connector-name.ts';
import { codeOf } from './errors.ts';
import { answers, bodyErrors, component, connectorParams, nothing } from './schemas.ts';

const tags = ['topics'];

export function topicRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<Named>(
    '/connectors/:name/topics',
    {
      schema: {
        operationId: 'getConnectorTopics',
        summary: 'The topics that a connector has read or written since its creation or the last reset',
        tags,
        params: connectorParams,
        response: answers({ 200: component('Topics') }),
      },
    },
    async ({ params: { name } }) => ({ [name]: { topics: await orNone(() => connect.topics(name), []) } }),
  );

  app.put<Named>(
    '/connectors/:name/topics/reset',
    {
      schema: {
        operationId: 'resetConnectorTopics',
        summary: 'Forget the topics that a connector has used',
        tags,
        params: connectorParams,
        response: answers({ 202: nothing('They are forgotten.') }, 409, ...bodyErrors),
      },
    },
    async ({ params: { name } }, reply) => {
      await orNone(() => connect.resetTopics(name), undefined);
      return reply.code(202).send();
    },
  );
}

async function orNone<T>(operation: () => T | Promise<T>, none: T): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND') return none;
    throw error;
  }
}
