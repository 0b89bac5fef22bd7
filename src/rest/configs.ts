/** The configuration of a connector: read, replaced, patched, and what it has been. */
import type { FastifyInstance } from 'fastify';
import { invalidConfigMessage } from '../runtime/config/lint.ts';
import type { Connect } from '../runtime/connect.ts';
import {
  assertHasClass,
  assertSameName,
  type ConfigBody,
  configSchema,
  flatConfig,
  patchSchema,
  toText,
} from './connector-config.ts';
import { connectorName, location, type Named, notFound } from './connector-name.ts';
import { HttpError, orNotFound } from './errors.ts';
import { answers, bodyErrors, component, connectorParams } from './schemas.ts';

const tags = ['configuration'];

export function configRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<Named>(
    '/connectors/:name/config',
    {
      schema: {
        operationId: 'getConnectorConfig',
        summary: 'The configuration of a connector',
        tags,
        params: connectorParams,
        response: answers({ 200: component('Config') }, 404),
      },
    },
    async ({ params: { name } }) => {
      const { config } = await orNotFound(notFound(name), () => connect.connector(name));
      return config;
    },
  );

  app.put<Named & { Body: ConfigBody }>(
    '/connectors/:name/config',
    {
      schema: {
        operationId: 'putConnectorConfig',
        summary: 'Create a connector, or give it another configuration',
        description: 'A configuration that is already there changes nothing and restarts nothing.',
        tags,
        params: connectorParams,
        body: configSchema,
        response: answers(
          { 200: component('Connector', 'It is changed.'), 201: component('Connector', 'It is created.') },
          409,
          ...bodyErrors,
        ),
      },
    },
    async ({ params, body }, reply) => {
      const name = connectorName(params.name);
      if (name !== params.name) {
        throw new HttpError(400, `Connector name ${JSON.stringify(params.name)} has spaces around it`);
      }
      const config = flatConfig(name, body);
      assertHasClass(config);
      const { created, info } = await connect.put(name, config);
      if (created) reply.code(201).header('location', location(name));
      return reply.send(info);
    },
  );

  app.patch<Named & { Body: ConfigBody }>(
    '/connectors/:name/config',
    {
      schema: {
        operationId: 'patchConnectorConfig',
        summary: 'Change keys of a configuration; null removes one',
        tags,
        params: connectorParams,
        body: patchSchema,
        response: answers({ 200: component('Connector', 'It is changed.') }, 404, 409, ...bodyErrors),
      },
    },
    async ({ params: { name }, body }) => {
      assertKeepsName(name, body);
      const changes = Object.entries(body).map(([key, value]) => [key, value === null ? null : toText(value)] as const);
      return orNotFound(notFound(name), () => connect.patch(name, Object.fromEntries(changes)));
    },
  );

  app.get<Named>(
    '/connectors/:name/config/history',
    {
      schema: {
        operationId: 'getConnectorConfigHistory',
        summary: 'The last configurations of a connector, the present one first',
        tags,
        params: connectorParams,
        response: answers({ 200: component('ConfigHistory') }, 404),
      },
    },
    ({ params: { name } }) => orNotFound(notFound(name), () => connect.history(name)),
  );
}

/** A connector keeps its name: Kafka Connect lets a patch write another one into the configuration, which then lies. */
function assertKeepsName(name: string, { name: changed }: ConfigBody): void {
  if (changed === undefined) return;
  if (changed !== null) {
    assertSameName(name, toText(changed));
    return;
  }
  const message = 'Missing required configuration "name" which has no default value.';
  throw new HttpError(400, invalidConfigMessage([{ level: 'error', code: 'missing-key', key: 'name', message }]));
}
