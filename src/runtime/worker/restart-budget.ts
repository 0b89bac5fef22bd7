/**
 * How often and when a task that has failed is started again by itself: after a delay that doubles with each failure,
 * and no more once the budget is used up. A task that has run long enough has its budget back.
 */
import type { RuntimeSettings } from '../config/model.ts';

export interface Restart {
  /** The first is 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

export interface RestartBudget {
  /** The task has failed at `now` (ms); undefined when it stays FAILED. */
  failed(now: number): Restart | undefined;
  /** The task runs again since `now` (ms). */
  started(now: number): void;
  /** Restarts since the budget was last full. */
  readonly used: number;
}

export function createRestartBudget(
  { max, delayMs, delayMaxMs, resetMs }: RuntimeSettings['errors']['restart'],
  startedAt: number,
): RestartBudget {
  let used = 0;
  let since = startedAt;
  return {
    get used() {
      return used;
    },
    started(now) {
      since = now;
    },
    failed(now) {
      if (now - since >= resetMs) used = 0;
      if (used >= max) return undefined;
      used++;
      return { attempt: used, delayMs: Math.min(delayMs * 2 ** (used - 1), delayMaxMs) };
    },
  };
}
