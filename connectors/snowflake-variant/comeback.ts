/**
 * Notices that a server that could not be reached can be reached again. The driver sleeps between its own tries, at last
 * for 16 seconds, nothing wakes it up, and none of its options that bear on it has an effect (3.x).
 *
 * It sees whether the server's port accepts connections. A server that is reached through a proxy, or that answers
 * HTTP 503 for a while, is left to the driver.
 */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** How often to look, in ms; the first time too, so that an answer in time costs no look. */
const lookEveryMs = 1000;
/** So long the driver may still try by itself, which keeps its session. */
const graceMs = 500;

/** Resolves when the server is back after it was seen to be away; rejects when `signal` is aborted. */
export async function cameBack(url: URL, signal: AbortSignal): Promise<void> {
  for (let away = false; ; ) {
    await delay(lookEveryMs, undefined, { signal });
    const there = await accepts(url);
    if (there && away) break;
    away = !there;
  }
  await delay(graceMs, undefined, { signal });
}

function accepts({ hostname, port, protocol }: URL): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
  socket.setTimeout(lookEveryMs);
  for (const [event, there] of [
    ['connect', true],
    ['timeout', false],
    ['error', false],
  ] as const) {
    socket.once(event, () => {
      resolve(there);
      socket.destroy();
    });
  }
  return promise;
}
