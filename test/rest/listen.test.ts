import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startMetricsServer } from '../../src/rest/metrics.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createRegistry } from '../../src/runtime/metrics/registry.ts';

async function occupied(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

function start(address: { port: number; explicit?: boolean; host?: string }) {
  const lines: string[] = [];
  const log = createLogger(({ message }) => lines.push(message), 'metrics');
  const started = startMetricsServer({ registry: createRegistry(), host: '127.0.0.1', log, ...address });
  return { started, lines };
}

test('the metrics server answers /metrics and nothing else', async () => {
  const server = await start({ port: 0 }).started;
  onTestFinished(() => server.close());
  expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
  expect((await fetch(`${server.url}/connectors`)).status).toBe(404);
  expect((await fetch(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405);
});

test('a default port that is taken moves to the next free one and says so', async () => {
  const taken = await occupied();
  const { started, lines } = start({ port: taken });
  const server = await started;
  onTestFinished(() => server.close());
  expect(server.port).toBeGreaterThan(taken);
  expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
  expect(lines).toEqual([`Port ${taken} (metrics.port) is taken: listening on ${server.port} instead`]);
  expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
});

test('a configured port that is taken fails and names key and port', async () => {
  const taken = await occupied();
  await expect(start({ port: taken, explicit: true }).started).rejects.toThrow(
    `metrics.port: cannot listen on 127.0.0.1:${taken}: the port is in use by another program. Stop it, or set metrics.port to a free port.`,
  );
});

test('an address that this machine does not have names the key of the host', async () => {
  await expect(start({ port: 0, host: '192.0.2.1' }).started).rejects.toThrow(
    'this machine has no such address. Set metrics.host to one that it has.',
  );
});

test('closing is quick although a client keeps its connection and another has sent half a request, and twice is harmless', async () => {
  const server = await start({ port: 0 }).started;
  await (await fetch(`${server.url}/metrics`, { headers: { connection: 'keep-alive' } })).text();
  const { connect } = await import('node:net');
  const half = connect(server.port, '127.0.0.1', () => half.write('GET /metrics HTTP/1.1\r\nHost: x\r\n'));
  half.on('error', () => undefined);
  await new Promise((resolve) => half.once('ready', resolve));
  const closed = new Promise((resolve) => half.once('close', resolve));
  await Promise.all([server.close(), server.close()]);
  await closed;
  await expect(fetch(`${server.url}/metrics`)).rejects.toThrow();
});
