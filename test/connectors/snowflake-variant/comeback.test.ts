import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { cameBack } from '../../../connectors/snowflake-variant/comeback.ts';

/** A port on which somebody listens, or nobody. */
async function portForTest() {
  const server = createServer((socket) => socket.destroy());
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.close();
    await once(server, 'close');
  };
  onTestFinished(() => void server.close());
  return { url: new URL(`http://127.0.0.1:${port}`), listen: () => listen(port), close };
}

const waiting = () => {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  return over;
};

test('a server that was away and is there again came back', async () => {
  const port = await portForTest();
  await port.close();
  const back = cameBack(port.url, waiting().signal);
  await expect(Promise.race([back, delay(1_500, 'still away')])).resolves.toBe('still away');
  await port.listen();
  await back;
});

test('a server that was never away did not come back', async () => {
  const port = await portForTest();
  const back = cameBack(port.url, waiting().signal);
  await expect(Promise.race([back, delay(2_500, 'never away')])).resolves.toBe('never away');
});

test('nobody looks for longer than somebody waits', async () => {
  const port = await portForTest();
  const over = waiting();
  const back = cameBack(port.url, over.signal);
  over.abort(new Error('the answer came'));
  await expect(back).rejects.toThrow();
});
