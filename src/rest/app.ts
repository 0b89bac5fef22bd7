/**
 * Fastify as Kafka Connect's REST needs it: an own JSON parser, nothing coerced or removed, trailing slashes and long
 * names, 405 where a path has other methods, 406 and 415, and one shape for every error. Routes come by `routes`.
 */
import type { Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type HTTPMethods } from 'fastify';
import type { RestAuth } from '../runtime/config/model.ts';
import type { Logger } from '../sdk/index.ts';
import { guard } from './auth.ts';
import { errorHandler, routerError } from './errors.ts';
import { parseBody } from './json.ts';
import type { Address } from './listen.ts';
import { createValidatorCompiler } from './validation.ts';
import { refuseOtherSites } from './web-pages.ts';

/** Room for a large connector with inline schemas; whoever needs more uses files. */
const BODY_LIMIT = 1024 * 1024;
/** Node itself ends longer request lines; below that the handler decides. */
const LONGEST_PARAM = 16 * 1024;
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'] as const;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route answers with, when it is not JSON: media types, or `anything`. */
    readonly produces?: string | readonly string[];
  }
}

export interface AppOptions {
  readonly log: Logger;
  /** Who may use it; undefined: everybody. */
  readonly auth?: RestAuth | undefined;
  /** Names that it goes by besides those of this machine (`rest.allowed.hosts`). */
  readonly allowedHosts?: readonly string[] | undefined;
  /** How long a request may take. Default: 90 s, as with Kafka Connect. */
  readonly answerWithinMs?: number;
}

/** An app with all its routes, ready to listen on `host`. */
export function createApp(
  { log, auth, host, allowedHosts, answerWithinMs = 90_000 }: AppOptions & Pick<Address, 'host'>,
  routes: (app: FastifyInstance) => void,
): FastifyInstance {
  const onError = errorHandler(log, { bodyLimit: BODY_LIMIT, answerWithinMs });
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    handlerTimeout: answerWithinMs,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAM },
    schemaController: {
      compilersFactory: {
        // Typed as what fastify brings itself, which takes more than it is given.
        buildValidator: createValidatorCompiler as never,
        // The schemas of the answers are documentation: what a handler answers goes out as it is.
        buildSerializer: () => () => JSON.stringify,
      },
    },
    frameworkErrors: (error, request, reply: FastifyReply) => onError(error, request, reply),
    clientErrorHandler: (error, socket) => refuse(error, socket),
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parseBody(body),
  );
  app.setErrorHandler(onError);
  app.addHook('onRequest', refuseOtherSites({ host, allowedHosts, asksForCredentials: auth !== undefined }));
  app.addHook('onRequest', guard(auth));
  // Before the body is looked at: an unknown path is 404 whatever was sent to it.
  app.addHook('onRequest', async (request) => {
    if (request.is404) throw routerError(404);
    const { produces = 'application/json' } = request.routeOptions.config;
    if (![produces].flat().some((type) => accepts(request.headers.accept, type))) throw routerError(406);
  });

  const paths = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = paths.get(url) ?? new Set();
    paths.set(url, known);
    for (const one of [method].flat()) known.add(one);
  });
  routes(app);
  for (const [url, known] of [...paths]) refuseOtherMethods(app, url, known);
  return app;
}

/** OPTIONS says what a path takes; every other method that it does not take is 405. */
function refuseOtherMethods(app: FastifyInstance, url: string, known: ReadonlySet<string>): void {
  const allow = [...known, 'OPTIONS'].join(', ');
  const others: HTTPMethods[] = methods.filter((method) => !known.has(method) && method !== 'OPTIONS');
  app.options(url, { config: { produces: 'text/plain' } }, async (_request, reply) =>
    reply.header('allow', allow).type('text/plain').send(allow),
  );
  app.route({
    method: others,
    url,
    onRequest: async (_request, reply) => {
      reply.header('allow', allow);
      throw routerError(405);
    },
    handler: async () => undefined,
  });
}

/** Whether an Accept header takes a media type; weights do not matter, there is one answer only. */
function accepts(header: string | undefined, type: string): boolean {
  if (header === undefined || header.trim() === '' || type === 'anything') return true;
  const [family] = type.split('/');
  return header.split(',').some((part) => {
    const range = part.split(';', 1)[0]?.trim().toLowerCase();
    return range === '*/*' || range === `${family}/*` || range === type;
  });
}

/** What Node's own parser refuses, by its code. */
const unreadable: Readonly<Record<string, readonly [status: number, phrase: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'The headers are larger than the 16 KB that are taken'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time: send it within 30 s'],
};
const noRequest = [400, 'Bad Request', 'This is no HTTP request that can be read'] as const;

/** The answer to bytes that are no HTTP request at all, or not yet. */
function refuse({ code }: { readonly code?: string }, socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  const [status, phrase, message] = unreadable[code ?? ''] ?? noRequest;
  const body = JSON.stringify({ error_code: status, message });
  socket.end(
    `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
