/** Waiting and trying again: jittered exponential back-off, bounded in time, ended at once by a signal. */

export interface RetryPolicy {
  /** How long to go on from the first failure, in ms; -1 for ever, 0 not at all. */
  readonly timeoutMs: number;
  /** The longest wait between two tries, in ms. */
  readonly maxDelayMs: number;
}

/** The first wait; it doubles with each failure. */
const firstDelayMs = 100;

/**
 * Calls until it succeeds, for as long as `retriable` says yes and the policy allows; then the last error is thrown.
 * `onRetry` is told before each wait. An aborted signal ends a wait by throwing the signal's reason.
 */
export async function withRetries<T>(
  call: () => Promise<T>,
  options: {
    readonly policy: RetryPolicy;
    readonly signal: AbortSignal;
    readonly retriable: (error: unknown) => boolean;
    readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void;
    /** Whether the failed call had got on since this was last asked: then it counts as the first failure again. */
    readonly progressed?: () => boolean;
  },
): Promise<T> {
  const { policy, signal, retriable, onRetry, progressed } = options;
  let failedSince: number | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      signal.throwIfAborted();
      const now = performance.now();
      if (progressed?.()) {
        failedSince = undefined;
        attempt = 1;
      }
      failedSince ??= now;
      if (!retriable(error)) throw error;
      const left = policy.timeoutMs < 0 ? Number.POSITIVE_INFINITY : policy.timeoutMs - (now - failedSince);
      if (left <= 0) throw error;
      const delayMs = Math.min(backoff(attempt, policy.maxDelayMs), left);
      onRetry?.(error, attempt, delayMs);
      await sleep(delayMs, signal);
    }
  }
}

/** The wait before try number `attempt + 1`: half of it certain, half of it chance. */
export function backoff(attempt: number, maxDelayMs: number): number {
  const full = Math.min(firstDelayMs * 2 ** Math.min(attempt - 1, 30), maxDelayMs);
  return full / 2 + (Math.random() * full) / 2;
}

/** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Rejects with the signal's reason once it is aborted; never resolves. */
export function whenAborted(signal: AbortSignal): Promise<never> {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined);
  const reject = () => aborted.reject(signal.reason);
  if (signal.aborted) reject();
  else signal.addEventListener('abort', reject, { once: true });
  return aborted.promise;
}
