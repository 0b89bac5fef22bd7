/** Connectors: list, create, read, delete, and their status. Texts and codes are Kafka Connect's. */
import type { FastifyInstance } from 'fastify';
import type { Connect } from '../runtime/connect.ts';
import { assertHasClass, type ConfigBody, configSchema, flatConfig } from './connector-config.ts';
import { connectorName, location, type Named, notFound } from './connector-name.ts';
import { orNotFound } from './errors.ts';
import { initialStates, targetState } from './lifecycle.ts';
import { repeatable } from './query.ts';
import { answers, bodyErrors, component, connectorParams, nothing } from './schemas.ts';

interface CreateBody {
  readonly name?: string;
  readonly config: ConfigBody;
  readonly initial_state?: string | null;
}

const tags = ['connectors'];

const expanded = {
  description: 'The names; with `expand` an object by name.',
  content: {
    'application/json': {
      schema: {
        anyOf: [
          { type: 'array', items: { type: 'string' } },
          {
            type: 'object',
            additionalProperties: {
              type: 'object',
              properties: { info: { $ref: 'Connector#' }, status: { $ref: 'ConnectorStatus#' } },
              additionalProperties: false,
            },
          },
        ],
      },
    },
  },
};

const createBody = {
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
  examples: [
    {
      name: 'wine',
      config: { 'connector.class': 'wine-sales-generator', topic: 'sales_events' },
      initial_state: 'STOPPED',
    },
  ],
};

export function connectorRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<{ Querystring: { readonly expand?: string | readonly string[] } }>(
    '/connectors',
    {
      schema: {
        operationId: 'listConnectors',
        summary: 'List the connectors',
        tags,
        querystring: {
          type: 'object',
          properties: {
            expand: repeatable(
              'info, status, or both by repeating it: an object by name in place of the list of names.',
            ),
          },
        },
        response: answers({ 200: expanded }),
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
        operationId: 'createConnector',
        summary: 'Create a connector',
        tags,
        body: createBody,
        response: answers({ 201: component('Connector', 'It is created.') }, 409, ...bodyErrors),
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

  app.get<Named>(
    '/connectors/:name',
    {
      schema: {
        operationId: 'getConnector',
        summary: 'A connector with its configuration and its tasks',
        tags,
        params: connectorParams,
        response: answers({ 200: component('Connector') }, 404),
      },
    },
    ({ params: { name } }) => orNotFound(notFound(name), () => connect.connector(name)),
  );

  app.delete<Named>(
    '/connectors/:name',
    {
      schema: {
        operationId: 'deleteConnector',
        summary: 'Delete a connector and stop its tasks',
        tags,
        params: connectorParams,
        response: answers({ 204: nothing('It is deleted.') }, 404, 409, ...bodyErrors),
      },
    },
    async ({ params: { name } }, reply) => {
      await orNotFound(notFound(name), () => connect.remove(name));
      return reply.code(204).send();
    },
  );

  app.get<Named>(
    '/connectors/:name/status',
    {
      schema: {
        operationId: 'getConnectorStatus',
        summary: 'The state of a connector and of its tasks, with the trace of what FAILED',
        tags,
        params: connectorParams,
        response: answers({ 200: component('ConnectorStatus') }, 404),
      },
    },
    ({ params: { name } }) => orNotFound(`No status found for connector ${name}`, () => connect.status(name)),
  );
}
