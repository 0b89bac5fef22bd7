/**
 * `/openapi.json` and the page at `/docs`, made of the schemas of the routes when they are first asked for: what
 * makes them costs more to load than all of the API. The page and its scripts come out of this process, from no CDN.
 */
import type { FastifyInstance, FastifySchema, HTTPMethods } from 'fastify';
import type { RestAuth } from '../runtime/config/model.ts';
import { version } from '../runtime/version.ts';
import { routerError } from './errors.ts';
import { answers, components } from './schemas.ts';

interface Operation {
  readonly method: HTTPMethods;
  readonly url: string;
  readonly schema: FastifySchema;
}

const description = `Kafka Connect's REST API, as a caves-connect worker has it. Errors are \`{error_code, message}\`, where
the code is the HTTP status. Any worker of a cluster answers for all of it.`;

const tags = [
  { name: 'worker', description: 'The worker that answers' },
  { name: 'connectors', description: 'Create, read and delete connectors' },
  { name: 'configuration', description: 'What a connector is to do' },
  { name: 'lifecycle', description: 'Pause, resume, stop, restart' },
  { name: 'tasks', description: 'The tasks of a connector' },
  { name: 'topics', description: 'The topics that a connector has used' },
  { name: 'offsets', description: 'Where a connector is in what it reads' },
  { name: 'plugins', description: 'What connectors can be made of' },
  { name: 'overview', description: 'States and numbers for people to look at' },
  { name: 'loggers', description: 'Levels of the log' },
];

/** Nothing from elsewhere, and nobody's frame. Swagger UI draws with inline styles. */
const contentSecurityPolicy =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'";

/** What a browser is told about a file of the page. */
const passedOn = ['content-type', 'content-security-policy', 'cache-control', 'etag', 'last-modified', 'location'];

/** Adds both to an app. Only routes that come after this one, and that have a summary, are in them. */
export function docsRoutes(app: FastifyInstance, auth: RestAuth | undefined): void {
  const operations: Operation[] = [];
  app.addHook('onRoute', (route) => {
    const { method, url, schema, config } = route;
    if (schema?.summary === undefined) return;
    // Only bodies are checked: all else is text that a handler reads, and to compile it would cost at every start.
    route.schema = schema.body === undefined ? {} : { body: schema.body };
    if (method === 'HEAD') return;
    const isOpen = config?.opens !== undefined && auth?.open.includes(config.opens);
    const own = isOpen ? { ...schema, security: [] } : schema;
    operations.push(...[method].flat().map((one) => ({ method: one as HTTPMethods, url, schema: own })));
  });

  let loaded: Promise<FastifyInstance> | undefined;
  const site = () => {
    loaded ??= createSite(operations, auth);
    return loaded;
  };

  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApi',
        summary: 'This description, as OpenAPI 3.1',
        tags: ['worker'],
        response: answers({ 200: { type: 'object', additionalProperties: true, description: 'OpenAPI 3.1' } }),
      },
    },
    async () => (await site()).swagger(),
  );

  for (const url of ['/docs', '/docs/*']) {
    app.get(url, { config: { produces: 'anything' } }, async (request, reply) => {
      const file = await (await site()).inject({ method: 'GET', url: request.url, headers: request.headers });
      if (file.statusCode === 404) throw routerError(404);
      for (const name of passedOn) if (file.headers[name] !== undefined) reply.header(name, file.headers[name]);
      return reply.code(file.statusCode).send(file.rawPayload);
    });
  }
}

/** An app of its own with the same schemas and no handlers; it does not listen. */
async function createSite(operations: readonly Operation[], auth: RestAuth | undefined): Promise<FastifyInstance> {
  const [{ fastify }, { fastifySwagger }, { fastifySwaggerUi }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ]);
  const site = fastify();
  site.setValidatorCompiler(() => () => true);
  site.setSerializerCompiler(() => JSON.stringify);
  for (const [name, schema] of Object.entries(components)) site.addSchema({ $id: name, ...schema });
  const schemes = {
    ...(auth !== undefined && auth.users.length > 0 && { basic: { type: 'http', scheme: 'basic' } as const }),
    ...(auth !== undefined && auth.tokens.length > 0 && { bearer: { type: 'http', scheme: 'bearer' } as const }),
  };
  await site.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'caves-connect', version, description },
      tags,
      ...(auth !== undefined && {
        components: { securitySchemes: schemes },
        security: Object.keys(schemes).map((name) => ({ [name]: [] })),
      }),
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, index) => String(schema.$id ?? `schema-${index}`) },
  });
  await site.register(fastifySwaggerUi, {
    routePrefix: '/docs',
    staticCSP: contentSecurityPolicy,
    // Its top bar is for other descriptions than this one.
    theme: {
      title: 'caves-connect: REST API',
      css: [{ filename: 'caves-connect.css', content: '.swagger-ui .topbar { display: none }' }],
    },
    uiConfig: { tryItOutEnabled: true },
  });
  for (const operation of operations) site.route({ ...operation, handler: async () => undefined });
  await site.ready();
  return site;
}
