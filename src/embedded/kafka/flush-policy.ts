/**
 * When to flush to the disk, in Kafka's terms (`log.flush.interval.messages` and `.ms`, per topic `flush.messages` and
 * `flush.ms`). By default never: the operating system writes within half a minute or so.
 *
 * | | the process is killed | the power goes |
 * |---|---|---|
 * | by default | keeps all that was acknowledged | keeps what the system or a recovery point has flushed |
 * | `messages: 1` | keeps all | keeps all that was acknowledged |
 * | `messages: n` or `ms: n` | keeps all | loses less than n messages of a partition, or about the last n ms |
 *
 * Whatever the policy, a segment is flushed when it is full, the recovery point moves every few megabytes, and
 * everything is flushed when the broker is closed.
 */

export interface FlushPolicy {
  /** After so many messages, before they are acknowledged. */
  readonly messages: number;
  /** At most so long after a message, in the background. */
  readonly ms: number;
}

/** Leaves it to the operating system, as Kafka does. */
export const flushNever: FlushPolicy = { messages: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY };

/** The longest time that a timer takes; beyond it nobody waits. */
const longestTimer = 2 ** 31 - 1;

/** Counts what was written, and calls for a flush when its time has come. */
export class FlushSchedule {
  readonly #flush: () => void;
  #messages = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(flush: () => void) {
    this.#flush = flush;
  }

  /** Whether so many messages more must be flushed before they are acknowledged. */
  isDue(messages: number, policy: FlushPolicy): boolean {
    return this.#messages + messages >= policy.messages;
  }

  /** Takes note of messages that were written and not flushed. */
  wrote(messages: number, policy: FlushPolicy): void {
    this.#messages += messages;
    if (this.#timer !== undefined || policy.ms > longestTimer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#flush();
    }, policy.ms).unref();
  }

  /** Everything that was written is flushed, or being flushed. */
  flushed(): void {
    this.#messages = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
