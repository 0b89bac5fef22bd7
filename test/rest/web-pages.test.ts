import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startRest } from '../../src/rest/server.ts';
import { isLoopback } from '../../src/rest/web-pages.ts';
import type { RestAuth } from '../../src/runtime/config/model.ts';
import { createRegistry } from '../../src/runtime/metrics/registry.ts';
import { collectLog } from '../helpers/log.ts';
import { createInMemoryConnect } from './in-memory-connect.ts';
import { generator } from './rest-server.ts';

/** A server with a connector; `send` asks it with headers that `fetch` keeps for itself. */
async function serve(options: { host?: string; allowedHosts?: readonly string[]; auth?: RestAuth } = {}) {
  const connect = createInMemoryConnect();
  await connect.create('wine', { ...generator, name: 'wine' });
  const { log } = collectLog();
  const rest = await startRest({
    connect,
    registry: createRegistry(),
    host: '127.0.0.1',
    port: 0,
    log,
    ...options,
  });
  onTestFinished(() => rest.close());
  const send = (what: string, headers: Readonly<Record<string, string>> = {}) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const [method, path] = what.split(' ');
      const sent = request({ host: '127.0.0.1', port: rest.port, method, path, headers }, async (response) => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part);
        resolve({ status: response.statusCode, text: Buffer.concat(parts).toString() });
      });
      sent.on('error', reject);
      sent.end();
    });
  const statusOf = async (what: string, headers?: Readonly<Record<string, string>>) =>
    (await send(what, headers)).status;
  return { send, statusOf, port: rest.port };
}

const restart = 'POST /connectors/wine/restart';
const auth: RestAuth = { users: [], tokens: [{ token: 'grand', access: 'write' }], open: ['health'] };

test('a program writes, whatever it calls itself', async () => {
  const { statusOf } = await serve();
  expect(await statusOf(restart)).toBe(204);
  expect(await statusOf(restart, { 'user-agent': 'kcctl' })).toBe(204);
});

test('a page of the worker itself writes, one of another site does not', async () => {
  const { send, statusOf, port } = await serve();
  const own = `http://127.0.0.1:${port}`;
  expect(await statusOf(restart, { 'sec-fetch-site': 'same-origin', origin: own })).toBe(204);
  expect(await statusOf(restart, { 'sec-fetch-site': 'none' })).toBe(204);
  expect(await statusOf(restart, { origin: own })).toBe(204);
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: own },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
  ]) {
    expect(await send(restart, headers)).toEqual({
      status: 403,
      text: '{"error_code":403,"message":"POST from the web page of another site is refused"}',
    });
  }
  expect(await statusOf('GET /connectors', { 'sec-fetch-site': 'cross-site' })).toBe(200);
});

test('nor does it with the credentials that a browser has kept', async () => {
  const { statusOf } = await serve({ auth });
  const headers = { authorization: 'Bearer grand', 'sec-fetch-site': 'cross-site' };
  expect(await statusOf(restart, headers)).toBe(403);
  expect(await statusOf(restart, { authorization: headers.authorization })).toBe(204);
});

test('on an address of this machine only its names are answered, and those that are allowed', async () => {
  const { send, statusOf } = await serve({ allowedHosts: ['Connect.example.org'] });
  for (const host of [
    'localhost:8083',
    'LOCALHOST',
    'localhost.',
    'caves.localhost:1',
    '127.0.0.1',
    '[::1]:8083',
    '10.1.2.3:8083',
    'host.docker.internal:8083',
    'connect.example.org:8083',
  ]) {
    expect([host, await statusOf('GET /connectors', { host })]).toEqual([host, 200]);
  }
  for (const host of ['evil.example:8083', 'localhost.evil.example', '127.0.0.1.evil.example', 'xlocalhost']) {
    const { status, text } = await send('GET /connectors', { host });
    expect([host, status]).toEqual([host, 403]);
    expect(JSON.parse(text).message).toMatch(/^This worker listens on 127\.0\.0\.1 .* add it to rest\.allowed\.hosts/);
  }
});

test('a worker that others are meant to reach, or that asks for credentials, answers under any name', async () => {
  const open = await serve({ host: '0.0.0.0' });
  expect(await open.statusOf('GET /connectors', { host: 'caves-connect:8083' })).toBe(200);
  const asking = await serve({ auth });
  const headers = { host: 'connect.example.org', authorization: 'Bearer grand' };
  expect(await asking.statusOf('GET /connectors', headers)).toBe(200);
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.example.org', false],
  ['', false],
])('%j is an address of this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
