/** What a supervised consumer is asked for, and what it tells. */
import type { KafkaMessage } from 'kafkajs';
import type { Logger, Mark, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';
import type { Landmark, Recreated } from './recreated.ts';

export interface FetchedBatch extends TopicPartition {
  readonly messages: readonly KafkaMessage[];
  /** The offset after the last record of the batch, control records included. */
  readonly next: bigint;
  readonly highWatermark: bigint;
}

/** A partition that was assigned, with where the group stands in it. */
export interface Assigned extends TopicPartition {
  readonly committed: Mark | undefined;
  /** Where reading begins: the committed offset, or by `offsetReset`. */
  readonly start: bigint;
  /** Where the log began and ended at the assignment. */
  readonly earliest: bigint;
  readonly end: bigint;
}

/** Where reading of a partition begins, and what is to be looked at before: see recreated.ts. */
export interface Beginning extends TopicPartition {
  readonly start: bigint;
  readonly landmarks: readonly Landmark[];
}

export interface ConsumerOptions {
  readonly client: KafkaClient;
  readonly groupId: string;
  /** Asked anew for every consumer. */
  readonly topics: () => Promise<readonly string[]>;
  /** Where a partition begins that has no committed offset. After what was deleted, reading goes on at the earliest. */
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
  /** After `onAssigned`: where to begin, instead of at `start`. Nothing is delivered before; it may take its time. */
  readonly beginAt?: (assigned: readonly Assigned[]) => Promise<readonly Beginning[]>;
  /** Must not wait for long: heartbeats stand still meanwhile. Pause instead. */
  readonly onBatch: (batch: FetchedBatch) => void;
  /** The consumer is gone and a new one is on its way. */
  readonly onLost?: (reason: string) => void;
  /** Reading on makes no sense (no rights, a topic that was recreated): no other consumer is tried. */
  readonly onRefused?: (error: unknown) => void;
  /** A partition is of another topic than before; nothing more of it is delivered. Left out: `onRefused` is told. */
  readonly onRecreated?: (recreated: Recreated) => void;
  /** The partition was read from `from` to `next`, and nothing of it is for us (control records, aborted transactions). */
  readonly onSkipped?: (
    at: TopicPartition & { readonly from: bigint; readonly next: bigint; readonly highWatermark: bigint },
  ) => void;
}
