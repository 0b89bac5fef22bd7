/**
 * Who may use REST: basic auth and bearer tokens, each for reading and writing or for reading alone. Secrets are
 * compared by keyed digests, all of them every time, so that the time of an answer tells nothing about them; who fails
 * too often must wait. What it leaves out: TLS (put a proxy before an address that is not of this machine).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RestAuth } from '../runtime/config/model.ts';
import { HttpError } from './errors.ts';
import { createLogInTries } from './log-in-tries.ts';

type Access = 'read' | 'write';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name by which `rest.auth.open` lets everybody in. */
    readonly opens?: RestAuth['open'][number];
    /** What holds nothing of the worker is for everybody. */
    readonly isPublic?: (request: FastifyRequest) => boolean;
    /** What a caller must be allowed; by default what the method says. */
    readonly access?: Access;
  }
}

const realm = 'realm="caves-connect"';
const harmless: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

/**
 * An `onRequest` hook that lets nobody pass who may not: 401 without credentials, 403 for a write with those of a
 * reader, 429 after too many that were wrong.
 */
export function guard(auth: RestAuth | undefined) {
  if (auth === undefined) return async (): Promise<void> => undefined;
  const accessOf = recogniser(auth);
  const tries = createLogInTries();
  const challenges = [
    ...(auth.users.length > 0 ? [`Basic ${realm}, charset="UTF-8"`] : []),
    ...(auth.tokens.length > 0 ? [`Bearer ${realm}`] : []),
  ];

  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const { opens, access = harmless.includes(request.method) ? 'read' : 'write' } = request.routeOptions.config;
    if (opens !== undefined && auth.open.includes(opens)) return;
    if (request.routeOptions.config.isPublic?.(request)) return;
    const { authorization } = request.headers;
    const wait = authorization === undefined ? 0 : tries.secondsToWait(request.ip);
    if (wait > 0) {
      reply.header('retry-after', String(wait));
      throw new HttpError(429, `Too many log-ins from ${request.ip} have failed: try again in ${wait} s`);
    }
    const granted = authorization === undefined ? undefined : accessOf(authorization);
    if (granted === undefined) {
      if (authorization !== undefined) tries.failed(request.ip);
      reply.header('www-authenticate', challenges);
      throw new HttpError(401, authorization === undefined ? missing(auth) : 'The credentials are not known here');
    }
    if (access === 'write' && granted === 'read') {
      throw new HttpError(403, `These credentials may read only, and ${request.method} writes`);
    }
  };
}

/** What an Authorization header is good for; undefined when it is not known. */
function recogniser({ users, tokens }: RestAuth): (authorization: string) => Access | undefined {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac('sha256', key).update(text).digest();
  const known = [
    ...users.map(({ name, password, access }) => ({ digest: digest(`basic ${name}:${password}`), access })),
    ...tokens.map(({ token, access }) => ({ digest: digest(`bearer ${token}`), access })),
  ];
  return (authorization) => {
    const [, scheme = '', rest = ''] = /^\s*(\S+)\s+(\S+)\s*$/.exec(authorization) ?? [];
    const isBasic = scheme.toLowerCase() === 'basic';
    const given = isBasic ? Buffer.from(rest, 'base64').toString('utf8') : rest;
    const sent = digest(`${scheme.toLowerCase()} ${given}`);
    // No early end: every one is looked at.
    return known.filter((one) => timingSafeEqual(one.digest, sent))[0]?.access;
  };
}

function missing({ users, tokens }: RestAuth): string {
  const ways = [...(users.length > 0 ? ['basic auth'] : []), ...(tokens.length > 0 ? ['a bearer token'] : [])];
  return `Credentials are needed: send ${ways.join(' or ')}`;
}
