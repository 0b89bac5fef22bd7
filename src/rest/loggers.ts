/** The levels of the worker's loggers. Answers to what is not there are Kafka Connect's, odd as they are. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import { HttpError } from './errors.ts';
import { first, type Parameter, repeatable } from './query.ts';
import { answers, bodyErrors, component, nothing } from './schemas.ts';

interface OfLogger {
  readonly Params: { readonly logger: string };
}

/** Log4j's, as clients know them. What the worker's own log makes of those that it has not is its business. */
const levels = ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'ALL'];

const tags = ['loggers'];

const loggerParams = {
  type: 'object',
  properties: { logger: { type: 'string', description: 'Name of the logger, or root.', examples: ['root'] } },
  required: ['logger'],
};

export function loggerRoutes(app: FastifyInstance, connect: Connect): void {
  app.get(
    '/admin/loggers',
    {
      schema: {
        operationId: 'listLoggers',
        summary: 'The loggers with their levels',
        tags,
        response: answers({ 200: component('Loggers') }),
      },
    },
    async () => connect.loggers(),
  );

  app.get<OfLogger>(
    '/admin/loggers/:logger',
    {
      schema: {
        operationId: 'getLogger',
        summary: 'The level of a logger',
        tags,
        params: loggerParams,
        response: answers({ 200: component('Logger') }, 404),
      },
    },
    async ({ params: { logger } }) => {
      const loggers = connect.loggers();
      if (Object.hasOwn(loggers, logger)) return loggers[logger];
      throw new HttpError(404, `Logger ${logger} not found.`);
    },
  );

  app.put<
    OfLogger & {
      Body: { readonly level?: string | number | boolean | null };
      Querystring: { readonly scope?: Parameter };
    }
  >(
    '/admin/loggers/:logger',
    {
      schema: {
        operationId: 'setLoggerLevel',
        summary: 'Set the level of a logger and of those below it',
        tags,
        params: loggerParams,
        querystring: {
          type: 'object',
          properties: { scope: repeatable('cluster: all workers; anything else: this one.') },
        },
        body: {
          type: 'object',
          properties: {
            level: { type: ['string', 'number', 'boolean', 'null'], description: `${levels.join(', ')}; in any case.` },
          },
          examples: [{ level: 'DEBUG' }],
        },
        response: answers(
          { 200: component('LoggerNames', 'Set on this worker.'), 204: nothing('To be set on every worker.') },
          404,
          409,
          ...bodyErrors,
        ),
      },
    },
    async ({ params: { logger }, query, body: { level } }, reply) => {
      if (level == null) throw new HttpError(400, "Desired 'level' parameter was not specified in request.");
      const wanted = String(level).toUpperCase();
      if (!levels.includes(wanted)) throw new HttpError(404, `invalid log level '${level}'.`);
      const scope = first(query.scope)?.toLowerCase() === 'cluster' ? 'cluster' : 'worker';
      const names = await connect.setLoggerLevel(logger, wanted, scope);
      return scope === 'cluster' ? reply.code(204).send() : reply.send(names);
    },
  );
}
