import { expect, test } from 'vitest';
import { components } from '../../src/rest/schemas.ts';
import { description } from './documented.ts';
import { createRestServer } from './rest-server.ts';

test('GET /openapi.json describes every route in OpenAPI 3.1', async () => {
  const { document } = await description();
  expect(document.openapi).toBe('3.1.0');
  const operations = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(operations.sort()).toEqual([
    'DELETE /connectors/{name}',
    'DELETE /connectors/{name}/offsets',
    'GET /',
    'GET /admin/loggers',
    'GET /admin/loggers/{logger}',
    'GET /connector-plugins',
    'GET /connector-plugins/{plugin}/config',
    'GET /connectors',
    'GET /connectors/{name}',
    'GET /connectors/{name}/config',
    'GET /connectors/{name}/config/history',
    'GET /connectors/{name}/offsets',
    'GET /connectors/{name}/status',
    'GET /connectors/{name}/tasks',
    'GET /connectors/{name}/tasks/{task}/status',
    'GET /connectors/{name}/topics',
    'GET /health',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /openapi.json',
    'GET /overview',
    'GET /overview/events',
    'GET /overview/history',
    'GET /topics/{topic}/records',
    'PATCH /connectors/{name}/config',
    'PATCH /connectors/{name}/offsets',
    'POST /connectors',
    'POST /connectors/{name}/restart',
    'POST /connectors/{name}/tasks/{task}/restart',
    'PUT /admin/loggers/{logger}',
    'PUT /connector-plugins/{plugin}/config/validate',
    'PUT /connectors/{name}/config',
    'PUT /connectors/{name}/pause',
    'PUT /connectors/{name}/resume',
    'PUT /connectors/{name}/stop',
    'PUT /connectors/{name}/topics/reset',
  ]);
});

test('every operation has a summary, a tag, a name of its own, and its answers with their errors', async () => {
  const { document } = await description();
  const names = new Set<unknown>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      expect(operation, `${method} ${path}`).toMatchObject({
        summary: expect.stringMatching(/^[A-Z]/),
        tags: [expect.any(String)],
        operationId: expect.any(String),
      });
      names.add((operation as { operationId?: string }).operationId);
      const statuses = Object.keys(operation.responses);
      expect(statuses, `${method} ${path}`).toEqual(expect.arrayContaining(['400', '401', '403', '406', '500', '503']));
      expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
    }
  }
  expect(names.size).toBe(Object.values(document.paths).flatMap(Object.keys).length);
});

test('schemas are named and shared, and every reference leads to one', async () => {
  const { document } = await description();
  const { schemas } = (document as unknown as { components: { schemas: object } }).components;
  expect(Object.keys(schemas).sort()).toEqual(Object.keys(components).sort());
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  const targets = new Set([...references].map(([, target]) => target));
  for (const target of targets) {
    expect(target).toMatch(/^#\/components\/schemas\//);
    expect(schemas).toHaveProperty([String(target).split('/').at(-1) ?? '']);
  }
  expect(targets.size).toBeGreaterThan(10);
});

test('GET /docs is a page whose scripts and styles come from this server alone', async () => {
  const { call } = await createRestServer();
  for (const path of ['/docs', '/docs/']) {
    const { status, headers, text } = await call(`GET ${path}`, undefined, { accept: 'text/html' });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    for (const [, file = ''] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const found = await call(`GET ${new URL(file, `http://x${path}`).pathname}`, undefined, { accept: '*/*' });
      expect([file, found.status]).toEqual([file, 200]);
      expect(found.text.length).toBeGreaterThan(0);
    }
  }
});

test('the page reads the same description', async () => {
  const { call } = await createRestServer();
  expect((await call('GET /docs/json')).json).toEqual((await call('GET /openapi.json')).json);
});

test('a file that the page does not have is 404, and no way leads out of it', async () => {
  const { call } = await createRestServer();
  for (const path of ['/docs/nope', '/docs/static/../../package.json', '/docs/static/%2e%2e%2fpackage.json']) {
    expect((await call(`GET ${path}`)).json).toEqual({ error_code: 404, message: 'HTTP 404 Not Found' });
  }
  expect((await call('POST /docs')).status).toBe(405);
});
