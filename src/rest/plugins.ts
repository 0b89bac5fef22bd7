/** What connectors can be made of: the plugins, their configuration, and whether one fits it. */
import type { FastifyInstance } from 'fastify';
import type { Connect, PluginInfo } from '../runtime/connect.ts';
import { type ConfigBody, configSchema, givenConfig } from './connector-config.ts';
import { orNotFound } from './errors.ts';
import { isTrue, type Parameter, repeatable } from './query.ts';
import { answers, bodyErrors, component } from './schemas.ts';

interface OfPlugin {
  readonly Params: { readonly plugin: string };
}

/** Kafka Connect's words for kinds of plugins, where it has one. */
const types: Readonly<Record<PluginInfo['type'], string>> = {
  source: 'source',
  sink: 'sink',
  transform: 'transformation',
  'error-handler': 'error-handler',
};

const tags = ['plugins'];

const pluginParams = {
  type: 'object',
  properties: {
    plugin: { type: 'string', description: 'As `connector.class` has it.', examples: ['wine-sales-generator'] },
  },
  required: ['plugin'],
};

export function pluginRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<{ Querystring: { readonly connectorsOnly?: Parameter } }>(
    '/connector-plugins',
    {
      schema: {
        operationId: 'listPlugins',
        summary: 'The plugins that are there',
        tags,
        querystring: {
          type: 'object',
          properties: {
            connectorsOnly: repeatable('true (default): sources and sinks; anything else: every kind of plugin.'),
          },
        },
        response: answers({ 200: component('Plugins') }),
      },
    },
    async ({ query: { connectorsOnly = 'true' } }) => {
      const all = !isTrue(connectorsOnly);
      return connect
        .plugins()
        .filter(({ type }) => all || type === 'source' || type === 'sink')
        .map((plugin) => ({ class: plugin.class, type: types[plugin.type], version: plugin.version }));
    },
  );

  app.get<OfPlugin>(
    '/connector-plugins/:plugin/config',
    {
      schema: {
        operationId: 'getPluginConfig',
        summary: 'The keys of the configuration of a plugin',
        tags,
        params: pluginParams,
        response: answers({ 200: component('PluginConfig') }, 404),
      },
    },
    ({ params: { plugin } }) => orNotFound(`Unknown plugin ${plugin}.`, () => connect.pluginConfig(plugin)),
  );

  app.put<OfPlugin & { Body: ConfigBody }>(
    '/connector-plugins/:plugin/config/validate',
    {
      config: { access: 'read' },
      schema: {
        operationId: 'validateConfig',
        summary: 'What is wrong with a configuration, key by key; nothing is created',
        tags,
        params: pluginParams,
        body: configSchema,
        response: answers({ 200: component('Validation', 'Faults, if any, stand beside their keys.') }, ...bodyErrors),
      },
    },
    ({ params: { plugin }, body }) => connect.validate(plugin, givenConfig(body)),
  );
}
