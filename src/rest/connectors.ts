/** Connectors: list, create, read, configure, delete, and their status. Texts and codes are Kafka Connect's. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import { assertHasClass, type ConfigBody, configSchema, flatConfig } from './connector-config.ts';
import { connectorName } from './connector-name.ts';
import { HttpError, orNotFound } from './errors.ts';
import { initialStates, targetState } from './lifecycle.ts';

interface Named {
  readonly Params: { readonly name: string };
}

interface CreateBody {
  readonly name?: string;
  readonly config: ConfigBody;
  readonly initial_state?: string | null;
}

const notFound = (name: string) => `Connector ${name} not found`;
const location = (name: string) => `/connectors/${encodeURIComponent(name)}`;

export function connectorRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<{ Querystring: { readonly expand?: string | readonly string[] } }>(
    '/connectors',
    {
      schema: {
        querystring: {
          type: 'object',
          properties: {
            expand: {
              type: ['string', 'array'],
              items: { type: 'string' },
              description: 'info, status, or both by repeating it: an object by name in place of the list of names.',
            },
          },
        },
      },
    },
    async ({ query: { expand } }) => {
      const names = connect.connectors();
      if (expand === undefined) return names;
      const parts = [expand].flat();
      return Object.fromEntries(
        names.map((name) => [
          name,
          {
            ...(parts.includes('status') && { status: connect.status(name) }),
            ...(parts.includes('info') && { info: connect.connector(name) }),
          },
        ]),
      );
    },
  );

  app.post<{ Body: CreateBody }>(
    '/connectors',
    {
      schema: {
        body: {
          type: 'object',
          required: ['config'],
          additionalProperties: false,
          properties: {
            name: { type: 'string' },
            config: configSchema,
            initial_state: {
              type: ['string', 'null'],
              description: `${initialStates}, in any case; RUNNING when left out.`,
            },
          },
        },
      },
    },
    async ({ body }, reply) => {
      const given = (body.name ?? '').trim();
      const config = flatConfig(given, body.config);
      const name = connectorName(given);
      const state = targetState(body.initial_state ?? 'RUNNING');
      assertHasClass(config);
      const info = await connect.create(name, config, state);
      return reply.code(201).header('location', location(name)).send(info);
    },
  );

  app.get<Named>('/connectors/:name', ({ params: { name } }) =>
    orNotFound(notFound(name), () => connect.connector(name)),
  );

  app.delete<Named>('/connectors/:name', async ({ params: { name } }, reply) => {
    await orNotFound(notFound(name), () => connect.remove(name));
    return reply.code(204).send();
  });

  app.get<Named>('/connectors/:name/config', async ({ params: { name } }) => {
    const { config } = await orNotFound(notFound(name), () => connect.connector(name));
    return config;
  });

  app.put<Named & { Body: ConfigBody }>(
    '/connectors/:name/config',
    { schema: { body: configSchema } },
    async ({ params, body }, reply) => {
      const name = connectorName(params.name);
      if (name !== params.name)
        throw new HttpError(400, `Connector name ${JSON.stringify(params.name)} has spaces around it`);
      const config = flatConfig(name, body);
      assertHasClass(config);
      const { created, info } = await connect.put(name, config);
      if (created) reply.code(201).header('location', location(name));
      return reply.send(info);
    },
  );

  app.get<Named>('/connectors/:name/status', ({ params: { name } }) =>
    orNotFound(`No status found for connector ${name}`, () => connect.status(name)),
  );
}
