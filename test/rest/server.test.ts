import { connect as connectSocket } from 'node:net';
import { expect, test } from 'vitest';
import { createRestServer, generator } from './rest-server.ts';

test('GET / tells version, commit and cluster', async () => {
  const { call } = await createRestServer();
  const { status, headers, json } = await call('GET /');
  expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
  expect(json).toEqual({ version: '0.1.0', commit: 'abc', kafka_cluster_id: 'cluster' });
  expect(await call('HEAD /')).toMatchObject({ status: 200, text: '' });
});

test('GET /health is 200, 503 while starting, 500 when unhealthy', async () => {
  const { call, connect } = await createRestServer();
  expect(await call('GET /health')).toMatchObject({ status: 200, json: { status: 'healthy' } });
  connect.becomes({ status: 'starting', message: 'Waiting for Kafka at 127.0.0.1:19092' });
  const starting = await call('GET /health');
  expect(starting.status).toBe(503);
  expect(starting.json).toEqual({ status: 'starting', message: 'Waiting for Kafka at 127.0.0.1:19092' });
  connect.becomes({ status: 'unhealthy', message: 'Kafka has gone' });
  expect((await call('GET /health')).status).toBe(500);
});

test('GET /connector-plugins lists connectors, and every plugin on request', async () => {
  const { call } = await createRestServer();
  expect((await call('GET /connector-plugins')).json).toEqual([
    { class: 'wine-sales-generator', type: 'source', version: '1.0.0' },
    { class: 'snowflake-variant', type: 'sink', version: '1.0.0' },
  ]);
  const all = (await call('GET /connector-plugins?connectorsOnly=false')).json;
  expect(all.map(({ type }: { type: string }) => type)).toEqual(['source', 'sink', 'error-handler', 'transformation']);
  expect((await call('GET /connector-plugins?connectorsOnly=maybe')).json).toHaveLength(4);
});

test('GET /metrics is Prometheus text, also for a scraper that asks for text', async () => {
  const { call } = await createRestServer();
  const accept = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';
  const { status, headers, text } = await call('GET /metrics', undefined, { accept });
  expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(text).toContain('# TYPE kafka_events_consumed_total counter');
});

test('a path with a slash at its end is the same path', async () => {
  const { call } = await createRestServer();
  expect((await call('GET /connectors/')).json).toEqual([]);
});

test.each(['GET /nope', 'POST /nope', 'GET /connectors/a/b/c', 'DELETE /connectors/a/tasks-config'])(
  '%s is 404, whatever is sent',
  async (request) => {
    const { call } = await createRestServer();
    const body = request.startsWith('POST') ? '{"broken' : undefined;
    const { status, json } = await call(request, body, { 'content-type': 'text/wine' });
    expect([status, json]).toEqual([404, { error_code: 404, message: 'HTTP 404 Not Found' }]);
  },
);

test.each([
  ['POST /', 'GET, HEAD, OPTIONS'],
  ['DELETE /connectors', 'GET, HEAD, POST, OPTIONS'],
  ['POST /connectors/x/pause', 'PUT, OPTIONS'],
  ['GET /connectors/x/resume', 'PUT, OPTIONS'],
  ['PUT /connectors/x/status', 'GET, HEAD, OPTIONS'],
])('%s is 405 and says what there is, before it reads a body', async (request, allow) => {
  const { call } = await createRestServer();
  const body = request.startsWith('GET') ? undefined : '{"broken';
  const { status, headers, json } = await call(request, body);
  expect([status, json]).toEqual([405, { error_code: 405, message: 'HTTP 405 Method Not Allowed' }]);
  expect(headers.get('allow')).toBe(allow);
});

test('OPTIONS says what a path takes', async () => {
  const { call } = await createRestServer();
  const { status, text, headers } = await call('OPTIONS /connectors');
  expect([status, text, headers.get('allow')]).toEqual([200, 'GET, HEAD, POST, OPTIONS', 'GET, HEAD, POST, OPTIONS']);
});

test('a body of another kind is 415, a wish for another kind 406', async () => {
  const { call } = await createRestServer();
  const body = JSON.stringify({ name: 'wine', config: generator });
  for (const type of ['text/plain', 'application/x-yaml', 'wine', '']) {
    const { status, json } = await call('POST /connectors', body, { 'content-type': type });
    expect([type, status, json.message]).toEqual([type, 415, 'HTTP 415 Unsupported Media Type']);
  }
  const { status, json } = await call('GET /', undefined, { accept: 'image/png' });
  expect([status, json.message]).toEqual([406, 'HTTP 406 Not Acceptable']);
  expect((await call('GET /', undefined, { accept: 'image/png, application/*;q=0.1' })).status).toBe(200);
  const charset = { 'content-type': 'application/json; charset=utf-8' };
  expect((await call('POST /connectors', body, charset)).status).toBe(201);
});

test('a percent encoding that is none is 400', async () => {
  const { call } = await createRestServer();
  for (const path of ['/connectors/%ZZ', '/connectors/%E0%A4%A/config', '/%']) {
    const { status, json } = await call(`GET ${path}`);
    expect([status, json.message]).toEqual([400, 'The path is not a valid URL: check its percent encoding']);
  }
});

test('a body above the limit is 413 and says the limit', async () => {
  const { call } = await createRestServer();
  const { status, json } = await call('PUT /connectors/wine/config', { big: 'x'.repeat(1024 * 1024) });
  expect([status, json.message]).toEqual([413, 'The body is larger than the 1048576 bytes that are taken']);
});

test('a body that breaks off says where', async () => {
  const { call } = await createRestServer();
  const { status, json } = await call('POST /connectors', '{"name": "wine",\n "config": {"a": }}');
  expect([status, json.message]).toEqual([
    400,
    'The body is not JSON: line 2, column 18: expected a value, found "}}"',
  ]);
});

test('bytes that are no HTTP are answered with 400 and a closed connection', async () => {
  const { port, call } = await createRestServer();
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = connectSocket(port, '127.0.0.1', () => socket.write('un verre de rouge\r\n\r\n'));
    socket.on('data', (bytes) => {
      text += bytes;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  expect(answer).toContain('"error_code":400');
  expect((await call('GET /')).status).toBe(200);
});

test('a line break in a URL cannot forge a line of the log', async () => {
  const { call, connect, log } = await createRestServer();
  await call('POST /connectors', { name: 'wine', config: generator });
  connect.fails(new Error('gone'));
  await call('DELETE /connectors/wine?a=%0A[INFO]');
  expect(log[0]?.message).not.toContain('\n');
});
