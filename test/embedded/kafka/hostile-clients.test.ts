/** Clients that are broken or mean: whatever they send, the broker serves the others and keeps its memory. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { apis } from '../../../src/embedded/kafka/apis/index.ts';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest } from './clients.ts';
import { whyNoSchemas } from './official-schemas.ts';
import { hostileRequest } from './random-requests.ts';
import { encodeRequest, openSocket, readFrame, wireClient } from './wire-client.ts';

const mebibyte = 1024 * 1024;

interface State {
  /** Bytes that it still holds after a garbage collection. */
  readonly held: number;
  /** Bytes that the system has given it. */
  readonly rss: number;
  /** Lines of its log about what only a bug brings about. */
  readonly surprises: readonly string[];
}

interface MeasuredBroker extends Pick<Broker, 'host' | 'port'> {
  state(): Promise<State>;
}

/** A broker in a process of its own, which has the memory for itself. */
async function measuredBroker(): Promise<MeasuredBroker> {
  const file = fileURLToPath(new URL('measured-broker.ts', import.meta.url));
  const child = fork(file, { execArgv: ['--expose-gc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [port] = await once(child, 'message');
  return {
    host: '127.0.0.1',
    port,
    state: async () => {
      child.send('state?');
      const [state] = await once(child, 'message');
      return state;
    },
  };
}

/** Sends bytes on a connection of their own; resolves when the broker has answered it or closed it. */
async function provoke(broker: MeasuredBroker, bytes: Buffer): Promise<void> {
  const socket = await openSocket(broker);
  const reacted = Promise.race([once(socket, 'close'), once(socket, 'data')]);
  // The end of the stream frees a request that would wait.
  socket.end(bytes);
  await reacted;
  socket.destroy();
}

async function answersApiVersions(broker: Pick<Broker, 'host' | 'port'>): Promise<void> {
  expect((await (await wireClient(broker)).request('ApiVersions', 2, {})).errorCode).toBe(0);
}

test('requests with random fields, by the official schemas of all versions, do no harm', async ({ skip }) => {
  const missing = whyNoSchemas();
  if (missing) skip(missing);
  const broker = await measuredBroker();
  const requests = fc
    .constantFrom(...apis)
    .chain(({ name, versions: [oldest, newest] }) =>
      fc.integer({ min: oldest, max: newest }).chain((version) => hostileRequest(name, version)),
    );
  const round = () =>
    fc.assert(
      fc.asyncProperty(requests, (bytes) => provoke(broker, bytes)),
      { numRuns: 1000 },
    );
  await round();
  const { held } = await broker.state();

  await round();
  await round();

  await answersApiVersions(broker);
  expect((await broker.state()).surprises).toEqual([]);
  // What the requests left: a few topics, groups and transactions, of which there are only so many names.
  await eventually(async () => (await broker.state()).held < held + 2 * mebibyte);
});

test('a hundred connections that claim 100 MiB each take no memory before they send it', async () => {
  const broker = await measuredBroker();
  const before = await broker.state();
  const head = encodeRequest('Metadata', 9, { topics: null });
  head.writeInt32BE(100 * mebibyte, 0);
  const sockets = await Promise.all(Array.from({ length: 100 }, () => openSocket(broker)));
  for (const socket of sockets) socket.write(head);
  await answersApiVersions(broker);

  expect((await broker.state()).rss).toBeLessThan(before.rss + 50 * mebibyte);
});

describe('a thousand connections at once', () => {
  test('are all answered', async () => {
    const broker = await brokerForTest();
    const request = encodeRequest('Metadata', 9, { topics: null });
    const answers = Array.from({ length: 1000 }, async () => {
      const socket = await openSocket(broker);
      socket.write(request);
      return (await readFrame(socket)).readInt32BE(0);
    });
    expect(new Set(await Promise.all(answers))).toEqual(new Set([77]));
  });

  test('that come and go leave no memory behind', async () => {
    const broker = await measuredBroker();
    const half = encodeRequest('Metadata', 9, { topics: null }).subarray(0, 13);
    const comeAndGo = async (): Promise<void> => {
      const sockets = await Promise.all(Array.from({ length: 1000 }, () => openSocket(broker)));
      for (const socket of sockets) socket.write(half);
      await answersApiVersions(broker);
      for (const socket of sockets) socket.destroy();
    };
    await comeAndGo();
    const { held } = await broker.state();

    for (let i = 0; i < 3; i++) await comeAndGo();

    await eventually(async () => (await broker.state()).held < held + mebibyte);
  });
});

test('connections that send a byte at a time hold up nobody, and are answered in the end', async () => {
  const broker = await brokerForTest();
  const client = await wireClient(broker);
  const request = encodeRequest('Metadata', 9, { topics: null });
  const slow: readonly Socket[] = await Promise.all(Array.from({ length: 200 }, () => openSocket(broker)));
  const answers = slow.map(readFrame);
  for (const byte of request) {
    for (const socket of slow) socket.write(Buffer.of(byte));
    const start = performance.now();
    await client.request('ApiVersions', 2, {});
    expect(performance.now() - start).toBeLessThan(1000);
  }
  await Promise.all(answers);
});

test('connections that never read their answers take little memory', async () => {
  const broker = await measuredBroker();
  const before = await broker.state();
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => encodeRequest('ApiVersions', 0, {})));
  const deaf = await Promise.all(Array.from({ length: 20 }, () => openSocket(broker)));
  for (const socket of deaf) {
    socket.pause();
    socket.write(many);
  }
  await answersApiVersions(broker);

  expect((await broker.state()).rss).toBeLessThan(before.rss + 100 * mebibyte);
});
