import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, startFakeClock } from './clock.ts';

describe('the clock of the plans', () => {
  let clock: FakeClock;
  const realNow = performance.now.bind(performance);
  beforeEach(() => {
    clock = startFakeClock();
  });
  afterEach(() => clock.stop());

  test('lets twenty minutes of waiting pass in seconds', async () => {
    const [began, real] = [performance.now(), realNow()];
    await delay(600_000);
    await new Promise((resolve) => setTimeout(resolve, 600_000));
    expect(performance.now() - began).toBeGreaterThanOrEqual(1_200_000);
    expect(realNow() - real).toBeLessThan(60_000);
  });

  test('hurries less while there is work', async () => {
    const turnsFor = async (ms: number) => {
      let turns = 0;
      const real = setImmediate(function count() {
        turns++;
        again = setImmediate(count);
      });
      let again = real;
      await delay(ms);
      clearImmediate(again);
      return turns;
    };
    const idle = await turnsFor(2_000);
    using _work = clock.busy();
    expect(await turnsFor(2_000)).toBeGreaterThan(4 * idle);
  });

  test('moves the time of day and leaves the timers', async () => {
    const [wall, steady] = [Date.now(), performance.now()];
    clock.jump(3_600_000);
    expect(Date.now() - wall).toBeGreaterThanOrEqual(3_600_000);
    expect(performance.now() - steady).toBeLessThan(60_000);
    await delay(10);
  });

  test('moves the time of day and no steady time back', async () => {
    using _work = clock.busy();
    for (let i = 0; i < 50; i++) {
      // Ticks that come late, by a part of a millisecond as well.
      for (const until = realNow() + 1.7; realNow() < until; );
      await delay(2);
      const steady = performance.now();
      clock.jump(i % 2 === 0 ? -3_600_000 : 3_600_000);
      expect(performance.now()).toBeGreaterThanOrEqual(steady);
    }
  });

  test('answers through sockets are not overtaken by their time-outs', async () => {
    const server = createServer((_, answer) => answer.end('here'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    for (let i = 0; i < 50; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}`, { signal: limit(500) });
      expect(await answer.text()).toBe('here');
    }
    server.closeAllConnections();
    server.close();
  });
});

/** As AbortSignal.timeout, on the fake clock. */
function limit(ms: number): AbortSignal {
  const late = new AbortController();
  setTimeout(() => late.abort(new Error('too late')), ms);
  return late.signal;
}
