/**
 * The HTTP endpoint that snowflake-sdk talks to: reads requests, asks the session, writes answers. No SQL here.
 *
 * Serves password login, sessions with renewal and heartbeat, queries (plain, multi-statement, asynchronous), results
 * by query id, cancel and telemetry (answered, not kept). Results are JSON and inline. What it does not serve answers
 * 404 with a sentence that names it. Errors of statements are HTTP 200 with `success: false`, as Snowflake's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { SnowflakeError } from './errors.ts';
import type { Fault, HookPoints, RequestKind } from './hooks.ts';
import { type QueryAnswer, QueryFailure } from './session.ts';
import type { Sessions } from './sessions.ts';
import {
  answerData,
  type Body,
  CLIENT_PARAMETERS,
  failure,
  pending,
  readQuery,
  sessionParameters,
  success,
} from './wire.ts';

export interface ServerOptions {
  readonly sessions: Sessions;
  readonly hooks: HookPoints;
  readonly user: string;
  readonly password: string;
}

const BODY_LIMIT = 256 * 1024 * 1024;
/** After so long a running query is answered with "in progress", and the driver asks again. */
const LONG_POLL_MS = 45_000;
const TOKEN_SECONDS = 3600;
const MASTER_SECONDS = 4 * 3600;

type Query = Readonly<Record<string, string | undefined>>;

export function createServer(options: ServerOptions): FastifyInstance {
  const { sessions, hooks } = options;
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
    done(Object.assign(new Error('The request body is not a JSON object.'), { statusCode: 400 }));
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
    const fault = hooks.take(kind, String((request.body as Body | null)?.sqlText ?? ''));
    if (fault) return faulty(fault, request, reply, work);
    return work();
  }

  async function faulty(
    fault: Fault,
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
      const query = request.query as Query;
      checkPassword(data, options);
      const name = (value: string | undefined) =>
        value ? value.replace(/^"(.*)"$|^([^"]*)$/s, (_, quoted, plain) => quoted ?? plain.toUpperCase()) : undefined;
      const { session, tokens } = await sessions.open({
        user: String(data.LOGIN_NAME),
        account: String(data.ACCOUNT_NAME ?? 'embedded'),
        database: name(query.databaseName),
        schema: name(query.schemaName),
        warehouse: name(query.warehouse),
        role: name(query.roleName),
        parameters: sessionParameters(data.SESSION_PARAMETERS),
      });
      const { facts } = session.state;
      return success({
        ...tokens,
        validityInSeconds: TOKEN_SECONDS,
        masterValidityInSeconds: MASTER_SECONDS,
        displayUserName: facts.user,
        serverVersion: '9.0.0 embedded',
        sessionId: Number(session.id),
        parameters: CLIENT_PARAMETERS,
        sessionInfo: {
          databaseName: facts.database ?? null,
          schemaName: facts.schema ?? null,
          warehouseName: facts.warehouse ?? null,
          roleName: facts.role,
        },
      });
    }),
  );

  server.post('/session/token-request', (request, reply) =>
    serve('renew', request, reply, () => {
      const { token, masterToken } = sessions.renew(tokenOf(request));
      return success({
        sessionToken: token,
        masterToken,
        validityInSecondsST: TOKEN_SECONDS,
        validityInSecondsMT: MASTER_SECONDS,
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
      const answer = session.query(requestId, readQuery(body, session.state.parameters));
      const queryId = session.queryIdOf(requestId) as string;
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
      const answer = sessions.find(tokenOf(request)).answer(queryId);
      if (!answer) throw new SnowflakeError('unknownResult', `Statement ${queryId} not found`);
      return (await within(answer)) ?? pending('333333', queryId);
    }),
  );

  server.get<{ Params: { queryId: string } }>('/monitoring/queries/:queryId', async (request) => {
    const { queryId } = request.params;
    const session = sessions.find(tokenOf(request));
    const answer = session.answer(queryId);
    if (!answer) return success({ queries: [] });
    const status = session.isRunning(queryId)
      ? 'RUNNING'
      : await answer.then(
          () => 'SUCCESS',
          () => 'FAILED_WITH_ERROR',
        );
    return success({ queries: [{ id: queryId, status }] });
  });

  server.post('/queries/v1/abort-request', (request, reply) =>
    serve('cancel', request, reply, () => {
      const { requestId } = request.body as { readonly requestId?: string };
      if (requestId !== undefined) sessions.find(tokenOf(request)).cancel({ requestId });
      return success(null);
    }),
  );

  server.post<{ Params: { queryId: string } }>('/queries/:queryId/abort-request', (request, reply) =>
    serve('cancel', request, reply, () => {
      sessions.find(tokenOf(request)).cancel({ queryId: request.params.queryId });
      return success(null);
    }),
  );

  return server;
}

function checkPassword(data: Body, options: ServerOptions): void {
  const authenticator = String(data.AUTHENTICATOR ?? 'SNOWFLAKE').toUpperCase();
  if (authenticator !== 'SNOWFLAKE') {
    throw new SnowflakeError(
      'wrongPassword',
      `The embedded warehouse knows password login only, not ${authenticator}; use ${options.user} and its password.`,
    );
  }
  const known =
    String(data.LOGIN_NAME).toLowerCase() === options.user.toLowerCase() && data.PASSWORD === options.password;
  if (!known) throw new SnowflakeError('wrongPassword', 'Incorrect username or password was specified.');
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
