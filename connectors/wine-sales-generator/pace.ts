import { setImmediate, setTimeout } from 'node:timers/promises';

interface Rhythm {
  /** Time between two events; 0 for none. */
  readonly delayMs: number;
  /** Time before the first event. */
  readonly firstAfterMs: number;
  readonly eventsAtOnce: number;
}

/** How far a pace may fall behind before it gives up catching up: a blocked reader gets no burst of old events. */
const slackMs = 1000;

/**
 * Says how many events are due, again and again: `eventsAtOnce` each time without a delay, else those whose time has
 * come. Times are reckoned from the start, so a pace does not drift. Ends when `signal` is aborted. Between two answers
 * other work of the process gets its turn.
 */
export async function* pace(rhythm: Rhythm, signal: AbortSignal): AsyncGenerator<number, void> {
  const { delayMs, firstAfterMs, eventsAtOnce } = rhythm;
  if (delayMs === 0) {
    while (!signal.aborted) {
      yield eventsAtOnce;
      await setImmediate();
    }
    return;
  }
  let next = performance.now() + firstAfterMs;
  while (!signal.aborted) {
    const now = performance.now();
    if (now < next) {
      await setTimeout(next - now, undefined, { signal }).catch(() => {});
      continue;
    }
    if (now - next > Math.max(slackMs, delayMs)) next = now;
    const due = Math.min(Math.floor((now - next) / delayMs) + 1, eventsAtOnce);
    next += due * delayMs;
    yield due;
  }
}
