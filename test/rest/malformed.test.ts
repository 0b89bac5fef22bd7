import { request } from 'node:http';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectDocumented, type Seen } from './documented.ts';
import { createRestServer, generator } from './rest-server.ts';

interface Malformed {
  readonly method: string;
  readonly path: string;
  readonly type: string | undefined;
  readonly body: string;
}

function send(port: number, { method, path, type, body }: Malformed): Promise<Omit<Seen, 'method' | 'path'>> {
  return new Promise((resolve, reject) => {
    const payload = method === 'GET' || method === 'HEAD' ? undefined : Buffer.from(body);
    const headers = {
      ...(type !== undefined && { 'content-type': type }),
      ...(payload !== undefined && { 'content-length': payload.length }),
    };
    const sent = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? null, text }),
      );
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

const segment = fc.oneof(
  fc.constantFrom(
    'connectors',
    'wine',
    'config',
    'status',
    'pause',
    'stop',
    'restart',
    'tasks',
    '0',
    'topics',
    'reset',
    'offsets',
    'history',
    'connector-plugins',
    'wine-sales-generator',
    'validate',
    'admin',
    'loggers',
    'root',
    'health',
    '%',
    '%2F',
    '..',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => encodeURIComponent(text.toWellFormed())),
);
const path = fc.oneof(
  fc.constantFrom(
    '/connectors',
    '/connectors/wine/config',
    '/connectors/wine/pause',
    '/connectors/wine/restart',
    '/connectors/wine/offsets',
    '/connectors/wine/tasks/0/restart',
    '/connector-plugins/wine-sales-generator/config/validate',
    '/admin/loggers/root',
  ),
  fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`),
);
const query = fc.constantFrom(
  '',
  '?',
  '?expand',
  '?expand=info&expand=x',
  '?expand[a]=b',
  '?connectorsOnly=1&connectorsOnly=2',
  '?includeTasks=true&onlyFailed=TRUE',
  '?scope=cluster',
  '?scope=cellar',
  '?%',
);
const config = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...Object.keys(generator), 'name', 'constructor', 'hasOwnProperty'),
    fc.string({ unit: 'binary' }),
  ),
  fc.jsonValue(),
);
const body = fc.oneof(
  fc.json(),
  config.map((value) => JSON.stringify(value)),
  fc
    .record(
      { name: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()), config, initial_state: fc.jsonValue() },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc
    .record({ level: fc.oneof(fc.constantFrom('debug', 'LOUD'), fc.jsonValue()) })
    .map((value) => JSON.stringify(value)),
  fc
    .record({ offsets: fc.array(fc.record({ partition: fc.jsonValue(), offset: fc.jsonValue() })) })
    .map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }),
);
const malformed = fc.record<Malformed>({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'),
  path: fc.tuple(path, query).map(([where, what]) => where + what),
  type: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain', '', ';;', undefined),
  body,
});

test('whatever is sent, the answer is below 500, errors have a code and a message, and none shows a trace', async () => {
  const { port, call, log } = await createRestServer();
  await call('POST /connectors', { name: 'wine', config: generator });
  await fc.assert(
    fc.asyncProperty(malformed, async (one) => {
      const { status, text, type } = await send(port, one);
      expect(status).toBeGreaterThanOrEqual(200);
      expect(status).toBeLessThan(500);
      expect(text).not.toMatch(/\n\s+at |node_modules|\.ts:\d/);
      await expectDocumented({ ...one, status, type, text });
      if (status >= 400 && one.method !== 'HEAD') {
        expect(JSON.parse(text)).toEqual({ error_code: status, message: expect.stringMatching(/./) });
      }
    }),
    { numRuns: 600 },
  );
  expect(log).toEqual([]);
  expect((await call('GET /')).status).toBe(200);
});
