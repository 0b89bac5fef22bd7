/** Waiting for a condition in a test: by asking again and again, never by sleeping for a guessed time. */
import { setTimeout as delay } from 'node:timers/promises';

/** Calls `check` until it neither throws nor answers false; fails with its last error when `timeout` ms are over. */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeout = 30_000, interval = 20 }: { readonly timeout?: number; readonly interval?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    let failure: unknown;
    try {
      const answer = await check();
      if (answer !== false) return answer;
      failure = new Error(`the condition did not come true: ${check.toString().slice(0, 200)}`);
    } catch (error) {
      failure = error;
    }
    if (performance.now() > deadline) throw failure;
    await delay(interval);
  }
}
