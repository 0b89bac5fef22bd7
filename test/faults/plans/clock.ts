/**
 * A clock for everything in this process, services and workers alike, that runs ahead of the real one whenever all of
 * them wait: a time-out of ten seconds costs as long as what happens meanwhile takes to compute. While anything is
 * computed or on its way through a socket the clock keeps real time, so nothing times out that a real run would not.
 *
 * Timers are vitest's fake ones. What waits by Node's own, inner timers is brought over where it counts: the time limit
 * of an HTTP request.
 */
import { ClientRequest } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { vi } from 'vitest';

/** Loop turns come at least so often, in real ms. */
const tickMs = 1;
/** How far one tick goes while nothing happens at all. */
const longestLeapMs = 256;

export interface FakeClock {
  /** Work that no socket shows, such as a query that is computed: the clock keeps real time meanwhile. */
  busy(): Disposable;
  /** Moves the time of day and no timer, as a person or NTP does. */
  jump(ms: number): void;
  /** All the time that has passed on it, in ms. */
  readonly passedMs: number;
  stop(): void;
}

export function startFakeClock(): FakeClock {
  const { nodeTiming } = performance;
  const setRealTimeout = globalThis.setTimeout;
  const realNow = performance.now.bind(performance);
  vi.useFakeTimers({
    now: Date.now(),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  });
  calmSpinning();
  const restoreWaits = bringOverWaits();
  const restoreRequests = bringOverRequestTimeouts();

  let working = 0;
  let events = 0;
  let leapMs = tickMs;
  let last = realNow();
  let passedMs = 0;
  let running = true;

  function tick(): void {
    if (!running) return;
    const now = realNow();
    const elapsed = now - last;
    last = now;
    const seen = nodeTiming.uvMetricsInfo.events;
    // Our own timer is no event of the loop; sockets, threads and files are.
    const quiet = seen === events && working === 0;
    events = seen;
    // Twice as far each time: whoever was about to send something has had his turn by then.
    leapMs = quiet ? Math.min(leapMs * 2, longestLeapMs) : tickMs;
    // Whole milliseconds: with a part of one a jump of the time of day would set `performance.now()` back by as much.
    const step = Math.max(leapMs, Math.min(Math.round(elapsed), 10));
    passedMs += step;
    vi.advanceTimersByTime(step);
    setRealTimeout(tick, tickMs);
  }
  setRealTimeout(tick, tickMs);

  return {
    busy() {
      working++;
      return {
        [Symbol.dispose]: () => {
          working--;
        },
      };
    },
    jump: (ms) => void vi.setSystemTime(Date.now() + ms),
    get passedMs() {
      return passedMs;
    },
    stop() {
      running = false;
      vi.useRealTimers();
      restoreWaits();
      restoreRequests();
    },
  };
}

/**
 * A timer for a time that is past comes after ten ms instead of one: every connection of kafkajs asks for one again and
 * again, in case that a broker throttles it, and would take a quarter of what a plan computes.
 */
function calmSpinning(): void {
  const setFakeTimeout = globalThis.setTimeout;
  globalThis.setTimeout = ((callback: () => void, ms?: number, ...values: []) =>
    setFakeTimeout(callback, ms !== undefined && ms < 0 ? 10 : ms, ...values)) as typeof setTimeout;
}

/** `setTimeout` of `node:timers/promises`, which vitest leaves as it is. */
function bringOverWaits(): () => void {
  const original = timersPromises.setTimeout;
  timersPromises.setTimeout = (<T>(ms?: number, value?: T, options: { readonly signal?: AbortSignal } = {}) =>
    new Promise<T | undefined>((resolve, reject) => {
      const { signal } = options;
      const aborted = () =>
        Object.assign(new Error('The operation was aborted', { cause: signal?.reason }), { name: 'AbortError' });
      if (signal?.aborted) return reject(aborted());
      const abort = () => {
        clearTimeout(timer);
        reject(aborted());
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    })) as typeof original;
  syncBuiltinESMExports();
  return () => {
    timersPromises.setTimeout = original;
    syncBuiltinESMExports();
  };
}

/** A client's limit for the answer to a request, which Node measures by timers of its own. */
function bringOverRequestTimeouts(): () => void {
  const prototype = ClientRequest.prototype;
  const original = prototype.setTimeout;
  prototype.setTimeout = function (this: ClientRequest, ms: number, onTimeout?: () => void) {
    if (ms > 0) {
      const timer = setTimeout(() => {
        onTimeout?.();
        this.emit('timeout');
      }, ms);
      this.once('close', () => clearTimeout(timer));
    }
    return this;
  };
  return () => {
    prototype.setTimeout = original;
  };
}
