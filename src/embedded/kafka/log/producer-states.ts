/**
 * What one partition remembers of its idempotent and transactional producers: the last five batches of each, so that
 * a repeated one is known (KIP-98, KAFKA-5494), the open transactions, which hold back the last stable offset, and the
 * aborted ones, which a read-committed consumer filters out.
 *
 * All of it goes into the log's checkpoint; where that is lost it is read from the log again, without what retention
 * or compaction took away. A producer that wrote nothing for a day is forgotten, as by Kafka's
 * `producer.id.expiration.ms`; the day is counted by the broker's clock and begins anew when the log is read again,
 * since records may bear any time.
 */

import { KafkaError } from '../errors.ts';
import { type BatchHeader, isCommitMarker, noProducer } from './batch.ts';

/** How long an idle producer is remembered, as Kafka's `producer.id.expiration.ms`. */
export const producerExpirationMs = 24 * 60 * 60 * 1000;

const rememberedBatches = 5;
const lastSequence = 2 ** 31 - 1;

interface RememberedBatch {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

interface ProducerState {
  readonly epoch: number;
  readonly batches: readonly RememberedBatch[];
  /** Its batches are gone, by retention or compaction, and only a marker told of it: it may go on anywhere. */
  readonly isSequenceLost: boolean;
  /** Where the open transaction begins in this partition. */
  readonly openSince: number | undefined;
  readonly lastTimestamp: number;
  /** When it wrote, by the broker's clock. */
  readonly seenAt: number;
}

/** A transaction whose records read-committed consumers must drop: from `firstOffset` to its marker. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** A producer as DescribeProducers shows it. */
export interface ActiveProducer {
  readonly producerId: number;
  readonly epoch: number;
  readonly lastSequence: number;
  readonly lastTimestamp: number;
  readonly openSince: number | undefined;
}

/** All that there is to remember. */
export interface ProducersSnapshot {
  readonly producers: ReadonlyArray<readonly [producerId: number, state: ProducerState]>;
  /** In the order of their first offsets. */
  readonly open: ReadonlyArray<readonly [producerId: number, firstOffset: number]>;
  readonly aborted: readonly AbortedTransaction[];
}

export class ProducerStates {
  readonly #producers: Map<number, ProducerState>;
  /** Producer id → first offset, in the order of those offsets: a transaction begins at the end of the log. */
  readonly #open: Map<number, number>;
  #aborted: AbortedTransaction[];

  constructor(known: ProducersSnapshot = { producers: [], open: [], aborted: [] }) {
    this.#producers = new Map(known.producers);
    this.#open = new Map(known.open);
    this.#aborted = [...known.aborted];
  }

  snapshot(): ProducersSnapshot {
    return { producers: [...this.#producers], open: [...this.#open], aborted: [...this.#aborted] };
  }

  /** The first offset of the oldest open transaction. */
  get firstOpenOffset(): number | undefined {
    return this.#open.values().next().value;
  }

  /**
   * Checks the next batch of a producer.
   *
   * @returns the base offset that the batch got the first time, if it is a repetition.
   * @throws KafkaError INVALID_PRODUCER_EPOCH for a fenced producer, OUT_OF_ORDER_SEQUENCE_NUMBER for a gap.
   */
  check(batch: BatchHeader): number | undefined {
    const state = this.#producers.get(batch.producerId);
    // A producer that is unknown here may go on anywhere: its earlier batches may have been deleted.
    if (state === undefined) return undefined;
    if (batch.producerEpoch < state.epoch) {
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Producer ${batch.producerId} with epoch ${batch.producerEpoch} was fenced by epoch ${state.epoch}`,
      );
    }
    if (batch.producerEpoch > state.epoch) {
      if (batch.baseSequence !== 0) throw outOfOrder(batch, 0);
      return undefined;
    }
    const last = endSequence(batch.baseSequence, batch.count);
    const repeated = state.batches.find((one) => one.firstSequence === batch.baseSequence && one.lastSequence === last);
    if (repeated !== undefined) return repeated.baseOffset;
    const before = state.batches.at(-1);
    const expected = before === undefined ? 0 : nextSequence(before.lastSequence);
    if (batch.baseSequence !== expected && !state.isSequenceLost) throw outOfOrder(batch, expected);
    if (state.openSince !== undefined && !batch.transactional) {
      throw new KafkaError(
        'INVALID_TXN_STATE',
        `Producer ${batch.producerId} has a transaction open in this partition`,
      );
    }
    return undefined;
  }

  /** Takes note of what is in the log now. */
  note(batch: BatchHeader, bytes: () => Buffer): void {
    if (batch.control) this.#noteMarker(batch, isCommitMarker(bytes()));
    else if (batch.producerId !== noProducer) this.#noteRecords(batch);
  }

  #noteRecords(batch: BatchHeader): void {
    const known = this.#producers.get(batch.producerId);
    const earlier = known !== undefined && known.epoch === batch.producerEpoch ? known.batches : [];
    this.#producers.set(batch.producerId, {
      epoch: batch.producerEpoch,
      batches: [
        ...earlier.slice(1 - rememberedBatches),
        {
          firstSequence: batch.baseSequence,
          lastSequence: endSequence(batch.baseSequence, batch.count),
          baseOffset: batch.baseOffset,
        },
      ],
      isSequenceLost: false,
      openSince: batch.transactional ? (known?.openSince ?? batch.baseOffset) : undefined,
      lastTimestamp: batch.maxTimestamp,
      seenAt: Date.now(),
    });
    if (batch.transactional && !this.#open.has(batch.producerId)) this.#open.set(batch.producerId, batch.baseOffset);
  }

  /** The producer's transaction has ended. */
  #noteMarker(marker: BatchHeader, commit: boolean): void {
    const firstOffset = this.#open.get(marker.producerId);
    this.#open.delete(marker.producerId);
    if (!commit && firstOffset !== undefined) {
      this.#aborted.push({ producerId: marker.producerId, firstOffset, lastOffset: marker.baseOffset });
    }
    const known = this.#producers.get(marker.producerId);
    this.#producers.set(marker.producerId, {
      epoch: marker.producerEpoch,
      batches: known !== undefined && known.epoch === marker.producerEpoch ? known.batches : [],
      isSequenceLost: known === undefined || (known.isSequenceLost && known.epoch === marker.producerEpoch),
      openSince: undefined,
      lastTimestamp: marker.maxTimestamp,
      seenAt: Date.now(),
    });
  }

  /** Whether the producer has a transaction open in this partition. */
  isOpen(producerId: number): boolean {
    return this.#open.has(producerId);
  }

  /** The aborted transactions with records or markers in the offsets from `start` to before `end`. */
  abortedBetween(start: number, end: number): readonly AbortedTransaction[] {
    return this.#aborted.filter((one) => one.lastOffset >= start && one.firstOffset < end);
  }

  /** Forgets the aborted transactions that end before the first offset of the log. */
  dropBefore(logStart: number): void {
    this.#aborted = this.#aborted.filter((one) => one.lastOffset >= logStart);
  }

  /** Forgets the producers that have nothing open and wrote nothing since `seenBefore`. */
  expire(seenBefore: number): void {
    for (const [producerId, { seenAt }] of this.#producers) {
      if (seenAt < seenBefore && !this.isOpen(producerId)) this.#producers.delete(producerId);
    }
  }

  /** All aborted transactions of the log. */
  get aborted(): readonly AbortedTransaction[] {
    return this.#aborted;
  }

  list(): readonly ActiveProducer[] {
    return [...this.#producers].map(([producerId, state]) => ({
      producerId,
      epoch: state.epoch,
      lastSequence: state.batches.at(-1)?.lastSequence ?? -1,
      lastTimestamp: state.lastTimestamp,
      openSince: state.openSince,
    }));
  }
}

/** Sequences wrap from 2^31 − 1 to 0. */
function nextSequence(sequence: number): number {
  return sequence === lastSequence ? 0 : sequence + 1;
}

function endSequence(first: number, count: number): number {
  const last = first + count - 1;
  return last > lastSequence ? last - lastSequence - 1 : last;
}

function outOfOrder(batch: BatchHeader, expected: number): KafkaError {
  return new KafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `Producer ${batch.producerId} sent sequence ${batch.baseSequence} where ${expected} was due`,
  );
}
