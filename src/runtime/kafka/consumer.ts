/**
 * A consumer that stays alive. kafkajs 2.2.4 gives up on some errors in silence and waits up to 30 s on others; here a
 * crashed or silent consumer is replaced by a new one until `close`. Whoever uses it sees joins and batches only.
 *
 * Rules kept for the callers: every join means that all partitions were taken away and given anew; `onAssigned` is
 * called before anything of the new assignment is delivered; a batch is delivered only when it begins at the committed
 * offset or where the batch before it ended, so that leftovers of an older assignment can neither be seen twice nor
 * leave a gap; a listener cannot end the process. Not here: static membership and cooperative rebalancing, which
 * kafkajs does not have.
 */
import type { KafkaMessage } from 'kafkajs';
import type { Logger, TopicPartition } from '../../sdk/index.ts';
import { backoff, sleep } from '../retry.ts';
import type { KafkaClient } from './client.ts';
import { isRefusal } from './errors.ts';
import { type LiveConsumer, startConsumer } from './live-consumer.ts';

export interface FetchedBatch extends TopicPartition {
  readonly messages: readonly KafkaMessage[];
  /** The offset after the last record of the batch, control records included. */
  readonly next: bigint;
  readonly highWatermark: bigint;
}

/** A partition that was assigned, with where the group stands in it. */
export interface Assigned extends TopicPartition {
  readonly committed: bigint | undefined;
  /** Where reading begins: the committed offset, or by `offsetReset`. */
  readonly start: bigint;
  /** Where the log ended at the assignment. */
  readonly end: bigint;
}

export interface ConsumerOptions {
  readonly client: KafkaClient;
  readonly groupId: string;
  /** Asked anew for every consumer. */
  readonly topics: () => Promise<readonly string[]>;
  readonly offsetReset: 'earliest' | 'latest';
  readonly log: Logger;
  readonly sessionTimeoutMs?: number;
  /** How long a fetch waits for data: also how long a resume or a stop may take. */
  readonly maxWaitMs?: number;
  /** All partitions were taken away; `onAssigned` tells the new ones, or `onLost` that there are none for now. */
  readonly onRevoked?: () => void;
  /** Before the committed offsets of a new assignment are read: the place to fence its former owners. */
  readonly beforeOffsets?: (assigned: readonly TopicPartition[]) => Promise<void>;
  readonly onAssigned: (assigned: readonly Assigned[]) => void;
  /** Must not wait for long: heartbeats stand still meanwhile. Pause instead. */
  readonly onBatch: (batch: FetchedBatch) => void;
  /** The consumer is gone and a new one is on its way. */
  readonly onLost?: (reason: string) => void;
  /** Reading on makes no sense (no rights, a topic that was recreated): no other consumer is tried. */
  readonly onRefused?: (error: unknown) => void;
  /** The partition was read from `from` to `next`, and nothing of it is for us (control records, aborted transactions). */
  readonly onSkipped?: (
    at: TopicPartition & { readonly from: bigint; readonly next: bigint; readonly highWatermark: bigint },
  ) => void;
}

export interface SupervisedConsumer {
  pause(): void;
  resume(): void;
  /** Commits for the present membership; rejects when it is gone. */
  commit(offsets: readonly (TopicPartition & { readonly next: bigint })[]): Promise<void>;
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

  const run = async () => {
    for (let failures = 0; !closing.signal.aborted; ) {
      live = startConsumer(options, closing.signal);
      const { joined, reason, error } = await live.ended;
      live = undefined;
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
      await sleep(backoff(failures + 1, 2_000), closing.signal).catch(() => undefined);
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
