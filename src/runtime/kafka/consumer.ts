/**
 * A consumer that stays alive. kafkajs 2.2.4 gives up on some errors in silence and waits up to 30 s on others; here a
 * crashed or silent consumer is replaced by a new one until `close`. Whoever uses it sees joins and batches only.
 *
 * Rules kept for the callers: every join means that all partitions were taken away and given anew; `onAssigned` is
 * called before anything of the new assignment is delivered; a batch is delivered only when it begins at the committed
 * offset or where the batch before it ended, so that leftovers of an older assignment can neither be seen twice nor
 * leave a gap; where retention has taken what comes next, the log says so and reading goes on at the first record that
 * is there; a listener cannot end the process. Not here: static membership and cooperative rebalancing, which kafkajs
 * does not have.
 */
import type { Position } from '../../sdk/index.ts';
import { backoff, sleep } from '../retry.ts';
import type { ConsumerOptions } from './consumer-model.ts';
import { isRefusal } from './errors.ts';
import { type LiveConsumer, startConsumer } from './live-consumer.ts';

export interface SupervisedConsumer {
  pause(): void;
  resume(): void;
  /** Commits for the present membership; rejects when it is gone. */
  commit(offsets: readonly Position[]): Promise<void>;
  /** Gives the consumer up and starts a new one. */
  restart(reason: string): void;
  /** How often a consumer had to be replaced. */
  readonly replaced: number;
  close(): Promise<void>;
}

export function superviseConsumer(options: ConsumerOptions): SupervisedConsumer {
  const { groupId, log } = options;
  const closing = new AbortController();
  let replaced = 0;
  let live: LiveConsumer | undefined;
  let former: string | undefined;

  const run = async () => {
    for (let failures = 0; !closing.signal.aborted; ) {
      live = startConsumer(options, closing.signal, former);
      const { joined, reason, error, member } = await live.ended;
      live = undefined;
      former = member;
      if (closing.signal.aborted) return;
      if (isRefusal(error)) {
        options.onLost?.(reason);
        options.onRefused?.(error);
        return;
      }
      failures = joined ? 1 : failures + 1;
      replaced++;
      options.onLost?.(reason);
      // An outage is reported as a change of state; whatever else keeps us from reading is said now and then.
      if (failures % 10 === 3) log.warn(`the consumer of ${groupId} cannot read, trying again: ${reason}`);
      await sleep(backoff(failures + 1, 1_000), closing.signal).catch(() => undefined);
    }
  };
  const done = run();

  return {
    get replaced() {
      return replaced;
    },
    pause: () => live?.pause(),
    resume: () => live?.resume(),
    restart: (reason) => live?.end(reason),
    commit: async (offsets) => {
      if (live === undefined) throw new Error('the consumer is being replaced');
      await live.commit(offsets);
    },
    async close() {
      closing.abort();
      live?.end('closed');
      await done;
    },
  };
}
