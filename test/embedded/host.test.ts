import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import {
  connectToHost,
  controlName,
  type HostMessage,
  onMessage,
  type ServiceName,
  send,
} from '../../src/embedded/control.ts';
import { type HostOptions, openHost, type StartService } from '../../src/embedded/host.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

/** A service that only remembers what happened to it. */
function countingService(port: number) {
  const seen = { started: 0, closed: 0 };
  const start: StartService = async ({ host }) => {
    seen.started++;
    return {
      host,
      port,
      async close() {
        seen.closed++;
      },
    };
  };
  return { start, seen };
}

async function givenHost(services: Partial<Record<ServiceName, StartService>>, lingerMs = 30) {
  const dataDir = tempFolder();
  const options: HostOptions = {
    controlName: controlName(dataDir),
    dataDir,
    ports: { kafka: 0, snowflake: 0 },
    lingerMs,
    services: { kafka: countingService(1).start, snowflake: countingService(2).start, ...services },
  };
  const host = await openHost(options);
  if (!host) throw new Error('the folder has a host already');
  onTestFinished(() => host.close());
  return { host, options };
}

/** A worker that asks for services and collects the answers. */
async function join(options: HostOptions, services: readonly ServiceName[]) {
  const socket = (await connectToHost(options.controlName)) as Socket;
  const answers: HostMessage[] = [];
  onMessage<HostMessage>(socket, (message) => answers.push(message));
  send(socket, { type: 'join', worker: process.pid, services });
  await eventually(() => answers.length > 0);
  return { socket, answers };
}

test('two workers share one service, and only what was asked for is started', async () => {
  const kafka = countingService(19092);
  const snowflake = countingService(19080);
  const { options } = await givenHost({ kafka: kafka.start, snowflake: snowflake.start });
  const first = await join(options, ['kafka']);
  const second = await join(options, ['kafka']);
  const expected = { type: 'ready', addresses: { kafka: { host: '127.0.0.1', port: 19092 } } };
  expect(first.answers).toMatchObject([expected]);
  expect(second.answers).toMatchObject([expected]);
  expect(kafka.seen.started).toBe(1);
  expect(snowflake.seen.started).toBe(0);
  first.socket.destroy();
  second.socket.destroy();
});

test('only one process hosts a folder', async () => {
  const { options } = await givenHost({});
  expect(await openHost(options)).toBeUndefined();
});

test('services stay while one worker is left and are closed when the last one has gone', async () => {
  const kafka = countingService(19092);
  const { host, options } = await givenHost({ kafka: kafka.start });
  const first = await join(options, ['kafka']);
  const second = await join(options, ['kafka']);
  first.socket.destroy();
  await once(first.socket, 'close');
  const third = await join(options, ['kafka']);
  expect(kafka.seen).toEqual({ started: 1, closed: 0 });
  second.socket.destroy();
  third.socket.destroy();
  await host.closed;
  expect(kafka.seen).toEqual({ started: 1, closed: 1 });
  expect(await connectToHost(options.controlName)).toBeUndefined();
});

test('a worker that comes back in time finds the same services', async () => {
  const kafka = countingService(19092);
  const { options } = await givenHost({ kafka: kafka.start }, 60_000);
  const first = await join(options, ['kafka']);
  first.socket.destroy();
  await once(first.socket, 'close');
  const second = await join(options, ['kafka']);
  expect(kafka.seen).toEqual({ started: 1, closed: 0 });
  second.socket.destroy();
});

test('a worker hears why a service did not start, and the host ends when nothing runs', async () => {
  const { host, options } = await givenHost(
    {
      kafka: async () => {
        throw Object.assign(new Error('write failed'), { code: 'ENOSPC' });
      },
    },
    60_000,
  );
  const { answers } = await join(options, ['kafka']);
  expect(answers).toMatchObject([{ type: 'failed', message: expect.stringContaining('the disk is full') }]);
  expect(answers).toMatchObject([{ message: expect.stringContaining(options.dataDir) }]);
  await host.closed;
});

test('a service that failed once is tried again for the next worker', async () => {
  const kafka = countingService(19092);
  let tries = 0;
  const { options } = await givenHost({
    kafka: async (service) => {
      tries++;
      if (tries === 1) throw new Error('not today');
      return kafka.start(service);
    },
  });
  const holder = await join(options, ['snowflake']);
  expect((await join(options, ['kafka'])).answers).toMatchObject([
    { type: 'failed', message: 'The embedded Kafka broker did not start: not today.' },
  ]);
  const second = await join(options, ['kafka']);
  expect(second.answers).toMatchObject([{ type: 'ready' }]);
  holder.socket.destroy();
  second.socket.destroy();
});

test('every worker hears what keeps a service from its work, the same only once', async () => {
  const { host, options } = await givenHost({});
  const workers = [await join(options, ['kafka']), await join(options, ['kafka'])];
  host.warn('the disk is full');
  host.warn('the disk is full');
  host.warn('no permission');
  for (const { answers } of workers) {
    await eventually(() => answers.some((answer) => answer.type === 'warning' && answer.message === 'no permission'));
    expect(answers.map(({ type }) => type)).toEqual(['ready', 'warning', 'warning']);
  }
  for (const { socket } of workers) socket.destroy();
});

test('who does not speak our language is put out and disturbs nobody', async () => {
  const { options } = await givenHost({}, 60_000);
  const stranger = (await connectToHost(options.controlName)) as Socket;
  // It may be told by a reset, which is an error of its own.
  stranger.on('error', () => {}).resume();
  stranger.write('GET / HTTP/1.1\r\n\r\n');
  await eventually(() => stranger.closed);
  const worker = await join(options, ['kafka']);
  expect(worker.answers).toMatchObject([{ type: 'ready' }]);
  worker.socket.destroy();
});
