/**
 * Lets a connection with nothing to send sleep. After each answer kafkajs plans to look for requests that wait, also
 * when none does: with a negative delay, so a thousand times a second and for as long as the connection lasts, at some
 * 3 % of a core for each. (Node warns of such delays: tulios/kafkajs#1751.) A request that has to wait plans for itself.
 */
import { inner } from './replace.ts';

/** What is used of kafkajs's queue. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since 1970 until which the broker wants no request (KIP-219). */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
}

/** While as many requests are under way as may be; an answer sends the next one anyway. */
const checkAgainMs = 10;

/** Goes for all connections of this thread. */
export function letIdleConnectionsSleep(): void {
  const queue = inner<{ readonly prototype: RequestQueue }>('network/requestQueue/index').prototype;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length === 0 || this.throttleCheckTimeoutId !== null) return;
    const throttledMs = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      throttledMs > 0 ? throttledMs : checkAgainMs,
    );
  };
}
