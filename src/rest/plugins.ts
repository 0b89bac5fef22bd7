/** What connectors can be made of. */
import type { FastifyInstance } from 'fastify';
import type { Connect, PluginInfo } from '../runtime/connect.ts';

/** Kafka Connect's words for kinds of plugins, where it has one. */
const types: Readonly<Record<PluginInfo['type'], string>> = {
  source: 'source',
  sink: 'sink',
  transform: 'transformation',
  'error-handler': 'error-handler',
};

export function pluginRoutes(app: FastifyInstance, connect: Connect): void {
  app.get<{ Querystring: { readonly connectorsOnly?: string | readonly string[] } }>(
    '/connector-plugins',
    {
      schema: {
        querystring: {
          type: 'object',
          properties: {
            connectorsOnly: {
              type: ['string', 'array'],
              items: { type: 'string' },
              description: 'true (default): sources and sinks; anything else: every kind of plugin.',
            },
          },
        },
      },
    },
    async ({ query: { connectorsOnly = 'true' } }) => {
      const [first = ''] = [connectorsOnly].flat();
      const all = first.toLowerCase() !== 'true';
      return connect
        .plugins()
        .filter(({ type }) => all || type === 'source' || type === 'sink')
        .map((plugin) => ({ class: plugin.class, type: types[plugin.type], version: plugin.version }));
    },
  );
}
