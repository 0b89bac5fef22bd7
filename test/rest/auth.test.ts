import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startMetricsServer, startRest } from '../../src/rest/server.ts';
import type { RestAuth } from '../../src/runtime/config/model.ts';
import { createRegistry } from '../../src/runtime/metrics/registry.ts';
import { collectLog } from '../helpers/log.ts';
import { createInMemoryConnect } from './in-memory-connect.ts';
import { createRestServer, generator } from './rest-server.ts';

const auth: RestAuth = {
  users: [
    { name: 'albert', password: 'grand crü: 1855', access: 'write' },
    { name: 'guest', password: 'petit', access: 'read' },
  ],
  tokens: [
    { token: 'tok-write', access: 'write' },
    { token: 'tok-read', access: 'read' },
  ],
  open: ['health', 'metrics'],
};

const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const json = { 'content-type': 'application/json' };
const create = { name: 'wine', config: generator };

test('without credentials all is refused, with the ways in, before a body is read', async () => {
  const { call } = await createRestServer(auth);
  for (const request of [
    'GET /',
    'GET /connectors',
    'GET /openapi.json',
    'GET /docs',
    'GET /nope',
    'POST /connectors',
  ]) {
    const body = request.startsWith('POST') ? '{"broken' : undefined;
    const refused = await call(request, body, body === undefined ? {} : json);
    expect([request, refused.status, refused.json]).toEqual([
      request,
      401,
      { error_code: 401, message: 'Credentials are needed: send basic auth or a bearer token' },
    ]);
    expect(refused.headers.get('www-authenticate')).toBe(
      'Basic realm="caves-connect", charset="UTF-8", Bearer realm="caves-connect"',
    );
  }
});

test('a user or a token that may write may do everything', async () => {
  for (const credentials of [
    basic('albert:grand crü: 1855'),
    bearer('tok-write'),
    { authorization: 'bearer tok-write' },
  ]) {
    const { call } = await createRestServer(auth);
    expect((await call('POST /connectors', create, { ...json, ...credentials })).status).toBe(201);
    expect((await call('GET /connectors', undefined, credentials)).json).toEqual(['wine']);
    expect((await call('DELETE /connectors/wine', undefined, credentials)).status).toBe(204);
  }
});

describe.each([
  ['a user', basic('guest:petit')],
  ['a token', bearer('tok-read')],
])('%s that may read only', (_who, credentials) => {
  test('may look at everything and try a configuration', async () => {
    const { call } = await createRestServer(auth);
    for (const request of [
      'GET /',
      'GET /connectors',
      'GET /admin/loggers',
      'GET /docs',
      'HEAD /',
      'OPTIONS /connectors',
    ]) {
      expect([request, (await call(request, undefined, credentials)).status]).toEqual([request, 200]);
    }
    const path = '/connector-plugins/wine-sales-generator/config/validate';
    expect((await call(`PUT ${path}`, generator, { ...json, ...credentials })).status).toBe(200);
  });

  test.each([
    'POST /connectors',
    'PUT /connectors/wine/config',
    'PATCH /connectors/wine/config',
    'DELETE /connectors/wine',
    'PUT /connectors/wine/pause',
    'POST /connectors/wine/restart',
    'PUT /connectors/wine/topics/reset',
    'PATCH /connectors/wine/offsets',
    'DELETE /connectors/wine/offsets',
    'PUT /admin/loggers/root',
  ])('may not %s: 403', async (request) => {
    const { call } = await createRestServer(auth);
    const { status, json: answer } = await call(request, undefined, credentials);
    expect([status, answer]).toEqual([
      403,
      { error_code: 403, message: `These credentials may read only, and ${request.split(' ')[0]} writes` },
    ]);
  });
});

test.each([
  ['a wrong password', basic('albert:petit')],
  ['the name of one and the password of another', basic('guest:grand crü: 1855')],
  ['no password', basic('albert')],
  ['a wrong token', bearer('tok')],
  ['a password as a token', bearer('petit')],
  ['a token as basic auth', { authorization: 'Basic tok-write' }],
  ['another scheme', { authorization: 'Digest tok-write' }],
  ['a scheme alone', { authorization: 'Bearer' }],
  ['nothing', { authorization: '' }],
])('%s is 401, and is repeated nowhere', async (_what, credentials) => {
  const { call, log } = await createRestServer(auth);
  const { status, text } = await call('GET /connectors', undefined, credentials);
  expect(status).toBe(401);
  expect(JSON.parse(text).message).toBe('The credentials are not known here');
  expect(log).toEqual([]);
});

test('probes and scrapers need no credentials, unless they are told to', async () => {
  const open = await createRestServer(auth);
  expect((await open.call('GET /health')).status).toBe(200);
  expect((await open.call('HEAD /health')).status).toBe(200);
  expect((await open.call('GET /metrics')).status).toBe(200);
  const closed = await createRestServer({ ...auth, open: [] });
  expect((await closed.call('GET /health')).status).toBe(401);
  expect((await closed.call('GET /metrics')).status).toBe(401);
  expect((await closed.call('GET /metrics', undefined, bearer('tok-read'))).status).toBe(200);
  expect((await open.call('PUT /health')).status).toBe(401);
});

test('the server of the metrics asks the same', async () => {
  const { log } = collectLog();
  const start = (open: RestAuth['open']) =>
    startMetricsServer({ registry: createRegistry(), log, host: '127.0.0.1', port: 0, auth: { ...auth, open } });
  const [open, closed] = await Promise.all([start(['metrics']), start(['health'])]);
  onTestFinished(async () => {
    await Promise.all([open.close(), closed.close()]);
  });
  expect((await fetch(`${open.url}/metrics`)).status).toBe(200);
  expect((await fetch(`${closed.url}/metrics`)).status).toBe(401);
  expect((await fetch(`${closed.url}/metrics`, { headers: basic('guest:petit') })).status).toBe(200);
});

test('the description names the ways in, and what is open', async () => {
  const { call } = await createRestServer({ ...auth, users: [] });
  const { json: document } = await call('GET /openapi.json', undefined, bearer('tok-read'));
  expect(document.components.securitySchemes).toEqual({ bearer: { type: 'http', scheme: 'bearer' } });
  expect(document.security).toEqual([{ bearer: [] }]);
  expect(document.paths['/health'].get.security).toEqual([]);
  expect(document.paths['/'].get.security).toBeUndefined();
});

test('an address beyond this machine with nobody asked is worth a warning', async () => {
  const warned = async (options: { host: string; auth?: RestAuth }) => {
    const { log, lines } = collectLog();
    const rest = await startRest({
      connect: createInMemoryConnect(),
      registry: createRegistry(),
      port: 0,
      log,
      ...options,
    });
    await rest.close();
    return lines;
  };
  expect(await warned({ host: '127.0.0.1' })).toEqual([]);
  expect(await warned({ host: '0.0.0.0', auth })).toEqual([]);
  expect(await warned({ host: '0.0.0.0' })).toEqual([
    expect.stringContaining('warn: The REST API listens on 0.0.0.0 and asks nobody who they are'),
  ]);
  // In a container whose ports are published to the machine that it runs on, and to others.
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('REST_PUBLISHED_ON', '127.0.0.1');
  expect(await warned({ host: '0.0.0.0' })).toEqual([]);
  vi.stubEnv('REST_PUBLISHED_ON', '0.0.0.0');
  expect(await warned({ host: '0.0.0.0' })).toHaveLength(1);
});

test('after ten log-ins that failed no more are looked at, for all who come from there', async () => {
  const { call } = await createRestServer(auth);
  for (let n = 0; n < 10; n++) {
    expect((await call('GET /connectors', undefined, basic(`albert:${n}`))).status).toBe(401);
  }
  const { status, headers, json: refused } = await call('GET /connectors', undefined, basic('albert:grand crü: 1855'));
  expect([status, refused.message]).toEqual([
    429,
    expect.stringMatching(/^Too many log-ins from 127\.0\.0\.1 have failed: try again in \d+ s$/),
  ]);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  // Who sends no credentials tries none.
  expect((await call('GET /connectors')).status).toBe(401);
  expect((await call('GET /health')).status).toBe(200);
});
