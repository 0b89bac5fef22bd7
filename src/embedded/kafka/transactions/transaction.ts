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
  /**
   * What its producer still believes to be when it has lost the answer to InitProducerId or was late to end: with this
   * it may come again and takes up the identity above (KIP-360, KIP-588). Null when another producer has fenced it.
   */
  readonly previous: ProducerIdentity | null;
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

/** A producer without an id yet, or that says none. */
export const unknownProducer: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

/** The identity alone. */
export function identityOf({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch };
}

/** Whether two are one producer in one epoch. */
export function isSame(one: ProducerIdentity, other: ProducerIdentity): boolean {
  return one.producerId === other.producerId && one.producerEpoch === other.producerEpoch;
}

/** Whether a partition is among others. */
export function includes(partitions: readonly TopicPartition[], one: TopicPartition): boolean {
  return partitions.some(({ topic, partition }) => topic === one.topic && partition === one.partition);
}

/** The longest time-out that a producer may ask for, as Kafka's `transaction.max.timeout.ms`. */
export const maxTimeoutMs = 15 * 60 * 1000;

/**
 * Checks what a transactional producer says when it asks for its id and epoch.
 *
 * @throws KafkaError INVALID_REQUEST, INVALID_TRANSACTION_TIMEOUT
 */
export function checkInit(transactionalId: string, timeoutMs: number, known: ProducerIdentity): void {
  if (transactionalId === '') throw new KafkaError('INVALID_REQUEST', 'A transactional id cannot be empty');
  if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) {
    throw new KafkaError('INVALID_TRANSACTION_TIMEOUT', `A transaction time-out lies in 1..${maxTimeoutMs} ms`);
  }
  if ((known.producerId === -1) !== (known.producerEpoch === -1)) {
    throw new KafkaError('INVALID_REQUEST', 'A producer says both its id and its epoch, or neither');
  }
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
