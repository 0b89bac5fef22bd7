import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoff, sleep, withRetries } from '../../src/runtime/retry.ts';

const never = new AbortController().signal;
const always = () => true;

/** Fails so many times, then answers the number of calls. */
function failing(times: number) {
  let calls = 0;
  return async () => {
    calls++;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return calls;
  };
}

describe('backoff', () => {
  test('doubles from 100 ms up to the longest wait, half of it by chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 3_600_000 }), (attempt, most) => {
        const full = Math.min(100 * 2 ** (attempt - 1), most);
        expect(backoff(attempt, most)).toBeGreaterThanOrEqual(full / 2);
        expect(backoff(attempt, most)).toBeLessThanOrEqual(full);
      }),
    );
  });
});

describe('withRetries', () => {
  test('calls until it succeeds, and tells of each failure before it waits', async () => {
    const told: [string, number][] = [];

    const answer = await withRetries(failing(3), {
      policy: { timeoutMs: -1, maxDelayMs: 1 },
      signal: never,
      retriable: always,
      onRetry: (error, attempt) => told.push([(error as Error).message, attempt]),
    });

    expect(answer).toBe(4);
    expect(told).toEqual([
      ['failure 1', 1],
      ['failure 2', 2],
      ['failure 3', 3],
    ]);
  });

  test('throws at once what is not retriable', async () => {
    const outcome = withRetries(failing(5), {
      policy: { timeoutMs: -1, maxDelayMs: 1 },
      signal: never,
      retriable: (error) => (error as Error).message === 'failure 1',
    });

    await expect(outcome).rejects.toThrow('failure 2');
  });

  test('does not try again where the policy allows no time', async () => {
    const policy = { timeoutMs: 0, maxDelayMs: 1 };

    await expect(withRetries(failing(1), { policy, signal: never, retriable: always })).rejects.toThrow('failure 1');
  });

  test('throws the last error when the time is over, and waits no longer than that', async () => {
    const began = performance.now();
    const policy = { timeoutMs: 150, maxDelayMs: 60_000 };

    await expect(withRetries(failing(Infinity), { policy, signal: never, retriable: always })).rejects.toThrow(
      /failure/,
    );

    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('waits no longer than the time that is left', async () => {
    const waits: { readonly from: number; readonly delayMs: number }[] = [];
    const policy = { timeoutMs: 120, maxDelayMs: 60_000 };

    const outcome = withRetries(failing(Infinity), {
      policy,
      signal: never,
      retriable: always,
      onRetry: (_error, _attempt, delayMs) => waits.push({ from: performance.now(), delayMs }),
    });

    await expect(outcome).rejects.toThrow();
    // Not the sum of the waits: a timer may come a millisecond early, and its wait is then followed by another.
    const [first] = waits;
    for (const { from, delayMs } of waits) expect(from + delayMs - (first?.from ?? 0)).toBeLessThanOrEqual(121);
  });

  test('begins to count anew when the call had got on', async () => {
    const attempts: number[] = [];
    const outcome = withRetries(failing(4), {
      policy: { timeoutMs: -1, maxDelayMs: 1 },
      signal: never,
      retriable: always,
      progressed: () => attempts.length === 2,
      onRetry: (_error, attempt) => attempts.push(attempt),
    });

    await outcome;
    expect(attempts).toEqual([1, 2, 1, 2]);
  });

  test('ends with the reason of the signal, in a wait as in a call', async () => {
    for (const abortedIn of ['wait', 'call']) {
      const controller = new AbortController();
      const outcome = withRetries(
        async () => {
          if (abortedIn === 'call') controller.abort(new Error('enough'));
          throw new Error('failure');
        },
        {
          policy: { timeoutMs: -1, maxDelayMs: 600_000 },
          signal: controller.signal,
          retriable: always,
          onRetry: () => queueMicrotask(() => controller.abort(new Error('enough'))),
        },
      );

      await expect(outcome).rejects.toThrow('enough');
    }
  });
});

describe('sleep', () => {
  test('rejects at once when the signal is aborted already, and leaves no listener behind', async () => {
    await expect(sleep(600_000, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    await sleep(0, never);
  });
});
