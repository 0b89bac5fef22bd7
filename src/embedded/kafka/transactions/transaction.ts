/** A transaction as the coordinator and the journal know it. */

import { KafkaError } from '../errors.ts';
import type { OffsetEntry, TopicPartition } from '../groups/offsets.ts';
import type { Json } from '../storage/storage.ts';

/** Where a transactional id stands. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort';

/** A producer as it introduces itself. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** A transaction as it stands, and as the journal keeps it. */
export interface Transaction extends ProducerIdentity {
  readonly transactionalId: string;
  readonly state: TransactionState;
  readonly timeoutMs: number;
  /** When the open transaction began, in milliseconds; -1 without one. */
  readonly startedAt: number;
  readonly partitions: readonly TopicPartition[];
  /** The groups of the transaction and the offsets that it will commit. */
  readonly groups: ReadonlyArray<{ readonly group: string; readonly entries: readonly OffsetEntry[] }>;
}

/** What the journal's keys of transactions begin with. */
export const journalPrefix = 'transaction/';

/** A transaction as an entry of the journal. */
export function journalEntry(transaction: Transaction): readonly [string, Json] {
  return [journalPrefix + transaction.transactionalId, transaction as unknown as Json];
}

/** Whether the transaction is to end, and markers may still be missing. */
export function isEnding({ state }: Transaction): boolean {
  return state === 'PrepareCommit' || state === 'PrepareAbort';
}

/** Whether a producer is not, or no longer, the transaction's. */
export function isOther(transaction: Transaction, known: ProducerIdentity): boolean {
  return transaction.producerId !== known.producerId || transaction.producerEpoch !== known.producerEpoch;
}

/** Whether a partition is among others. */
export function includes(partitions: readonly TopicPartition[], one: TopicPartition): boolean {
  return partitions.some(({ topic, partition }) => topic === one.topic && partition === one.partition);
}

/** The error of a producer whose epoch is over. */
export function fenced(
  error: 'INVALID_PRODUCER_EPOCH' | 'PRODUCER_FENCED',
  transaction: Transaction,
  who: ProducerIdentity,
): KafkaError {
  return new KafkaError(
    error,
    `Epoch ${who.producerEpoch} of ${transaction.transactionalId} was fenced by epoch ${transaction.producerEpoch}`,
  );
}
