/**
 * The HTTP endpoint that snowflake-sdk talks to: reads requests, asks the session, writes answers. No SQL here.
 *
 * Serves logins, sessions with renewal and heartbeat, queries (plain, multi-statement, asynchronous), results and states
 * by query id, cancel and telemetry (answered, not kept). Results are JSON and inline, whatever their size: there are no
 * chunks to fetch. What it does not serve answers 404 with a sentence that names it. Errors of statements are HTTP 200
 * with `success: false`, as Snowflake's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { SnowflakeError } from './errors.ts';
import type { Effect, HookPoints, RequestKind } from './hooks.ts';
import { type QueryAnswer, QueryFailure } from './session.ts';
import type { Shared } from './session-state.ts';
import type { Sessions } from './sessions.ts';
import {
  answerData,
  BadRequest,
  type Body,
  failure,
  loginAnswer,
  loginOptions,
  pending,
  type Query,
  queryState,
  readQuery,
  success,
  textOf,
} from './wire.ts';

export interface ServerOptions {
  readonly sessions: Sessions;
  readonly hooks: HookPoints;
  /** Requests wait for it. */
  readonly shared: Promise<Shared>;
}

const BODY_LIMIT = 256 * 1024 * 1024;
/** After so long a running query is answered with "in progress", and the driver asks again. */
const LONG_POLL_MS = 45_000;

export function createServer(options: ServerOptions): FastifyInstance {
  const { sessions, hooks, shared } = options;
  const { tokenSeconds, masterSeconds } = sessions.lifetimes;
  const server = Fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 500 },
  });

  // The driver sends JSON under several content types, and bodies that are empty.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, text: string, done) => {
    if (text === '') return done(null, {});
    try {
      const body: unknown = JSON.parse(text);
      if (typeof body === 'object' && body !== null && !Array.isArray(body)) return done(null, body);
    } catch {
      // Answered like JSON that is no object.
    }
    done(new BadRequest('The request body is not a JSON object.'));
  });

  server.setErrorHandler((error, _request, reply) => {
    if (error instanceof QueryFailure) return reply.send(failure(error.error, error.queryId));
    if (error instanceof SnowflakeError) return reply.send(failure(error));
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status >= 400 && status < 500)
      return reply.code(status).send({ success: false, message: (error as Error).message });
    return reply.send(
      failure(new SnowflakeError('internal', `SQL execution internal error: ${(error as Error).message}`)),
    );
  });
  server.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      data: null,
      code: '404',
      success: false,
      message: `The embedded warehouse does not serve ${request.method} ${request.url.split('?')[0]}.`,
    }),
  );

  /** Does the work of a request, unless a test wants a fault. */
  async function serve(
    kind: RequestKind,
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => Promise<unknown> | unknown,
  ): Promise<unknown> {
    const sqlText = textOf((request.body as Body | null)?.sqlText);
    const clientPort = request.raw.socket.remotePort ?? 0;
    const fault = hooks.take(kind, sqlText, clientPort);
    const watched = async (): Promise<unknown> => {
      try {
        return await work();
      } finally {
        hooks.done({ kind, sqlText, clientPort });
      }
    };
    return fault ? faulty(fault, request, reply, watched) : watched();
  }

  async function faulty(
    fault: Effect,
    request: FastifyRequest,
    reply: FastifyReply,
    work: () => Promise<unknown> | unknown,
  ) {
    switch (fault.effect) {
      case 'status':
        return reply.code(fault.status ?? 503).send('');
      case 'cut-after':
        await Promise.resolve(work()).catch(() => undefined);
        reply.hijack();
        return request.raw.socket.destroy();
      case 'cut-before':
        reply.hijack();
        return request.raw.socket.destroy();
      case 'expire':
        sessions.expire(tokenOf(request));
        return work();
      case 'lose':
        await sessions.close(tokenOf(request));
        throw new SnowflakeError('sessionGone', 'Session no longer exists. New login required to access the service.');
      case 'delay':
        await delay(fault.delayMs ?? 0);
        return work();
    }
  }

  server.get('/', async () => ({ service: 'caves-connect embedded warehouse', account: 'embedded' }));

  server.post('/session/v1/login-request', (request, reply) =>
    serve('login', request, reply, async () => {
      const data = ((request.body as Body).data ?? {}) as Body;
      const user = (await shared).login.userOf(data);
      const { session, tokens } = await sessions.open(loginOptions(user, data, request.query as Query));
      return success(loginAnswer(session, tokens, sessions.lifetimes));
    }),
  );

  server.post('/session/token-request', (request, reply) =>
    serve('renew', request, reply, () => {
      const { token, masterToken } = sessions.renew(tokenOf(request));
      return success({
        sessionToken: token,
        masterToken,
        validityInSecondsST: tokenSeconds,
        validityInSecondsMT: masterSeconds,
      });
    }),
  );

  server.post('/session/heartbeat', (request, reply) =>
    serve('heartbeat', request, reply, () => {
      sessions.find(tokenOf(request));
      return success(null);
    }),
  );

  server.post('/session', (request, reply) =>
    serve('close', request, reply, async () => {
      if ((request.query as Query).delete === 'true') await sessions.close(tokenOf(request));
      return success(null);
    }),
  );

  server.post('/telemetry/send', async () => success(null));

  server.post('/queries/v1/query-request', (request, reply) =>
    serve('query', request, reply, async () => {
      const session = sessions.find(tokenOf(request));
      const body = request.body as Body;
      const requestId = (request.query as Query).requestId ?? String(request.id);
      const { queryId, answer } = session.query(requestId, readQuery(body));
      if (body.asyncExec === true) {
        answer.catch(() => undefined);
        return pending('333334', queryId);
      }
      return (await within(answer)) ?? pending('333333', queryId);
    }),
  );

  server.get<{ Params: { queryId: string } }>('/queries/:queryId/result', (request, reply) =>
    serve('result', request, reply, async () => {
      const { queryId } = request.params;
      sessions.find(tokenOf(request));
      const query = (await shared).queries.find(queryId);
      if (!query) throw new SnowflakeError('unknownResult', `Statement ${queryId} not found`);
      return (await within(query.answer)) ?? pending('333333', queryId);
    }),
  );

  server.get<{ Params: { queryId: string } }>('/monitoring/queries/:queryId', async (request) => {
    const { queryId } = request.params;
    sessions.find(tokenOf(request));
    const query = (await shared).queries.find(queryId);
    return success({ queries: query ? [queryState(query)] : [] });
  });

  server.post('/queries/v1/abort-request', (request, reply) =>
    serve('cancel', request, reply, () => {
      const { requestId = '' } = request.body as { readonly requestId?: string };
      if (!sessions.find(tokenOf(request)).cancel(requestId)) throw notRunning();
      return success(null);
    }),
  );

  server.post<{ Params: { queryId: string } }>('/queries/:queryId/abort-request', (request, reply) =>
    serve('cancel', request, reply, async () => {
      sessions.find(tokenOf(request));
      const query = (await shared).queries.find(request.params.queryId);
      if (query?.status !== 'RUNNING') throw notRunning();
      query.cancel(new SnowflakeError('statementAborted', 'SQL execution canceled'));
      return success(null);
    }),
  );

  return server;
}

function notRunning(): SnowflakeError {
  return new SnowflakeError('notRunning', 'Identified SQL statement is not currently executing.');
}

function tokenOf(request: FastifyRequest): string | undefined {
  return /Token="([^"]+)"/.exec(request.headers.authorization ?? '')?.[1];
}

/** The answer's body, or nothing if it takes too long for one HTTP request. */
async function within(answer: Promise<QueryAnswer>): Promise<unknown> {
  const timer = new AbortController();
  const late = delay(LONG_POLL_MS, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
  try {
    const first = await Promise.race([answer, late]);
    return first && success(answerData(first));
  } finally {
    timer.abort();
  }
}
