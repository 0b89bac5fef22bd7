/**
 * The log of one partition: record batches in segments, with the offsets that clients ask for, the state of its
 * producers and a bell for whoever waits for data. One replica, so the high watermark is the end of the log.
 *
 * Retention drops whole segments, compaction rewrites those that are no longer written to.
 */

import { KafkaError } from '../errors.ts';
import type { SegmentStore } from '../storage/storage.ts';
import { type BatchHeader, noProducer, placeAt, readHeader, stampAppendTime, transactionMarker } from './batch.ts';
import type { Compacted } from './checkpoint.ts';
import { compact } from './compaction.ts';
import type { LogConfig } from './log-config.ts';
import type { LogSegment, Measured } from './log-segment.ts';
import { IndexCache } from './offset-index.ts';
import { openLog } from './open-log.ts';
import {
  type AbortedTransaction,
  type ActiveProducer,
  type ProducerStates,
  producerExpirationMs,
} from './producer-states.ts';
import type { TimedOffset } from './records.ts';
import { RecoveryPoint } from './recovery-point.ts';
import { retainedFrom } from './retention.ts';
import type { Segments } from './segments.ts';
import { offsetAt, offsetOfMaxTimestamp, type Range } from './time-lookup.ts';

/** Where a batch went. */
export interface Appended {
  readonly baseOffset: number;
  readonly appendTime: number;
}

/** Bytes of whole batches that a fetch may have, not read yet. */
export interface Extent extends Measured {
  readonly segment: LogSegment;
  readonly position: number;
}

/** A log of which only the place is given, as tests open it, shares no memory with others. */
const ownCacheBytes = 1024 * 1024;

export class PartitionLog {
  readonly #config: () => LogConfig;
  readonly #segments: Segments;
  readonly #producers: ProducerStates;
  readonly #recoveryPoint: RecoveryPoint;
  readonly #waiting = new Set<() => void>();
  #startOffset: number;
  #compacted: Compacted;
  #isClosed = false;

  /** Opens the log; see `open-log.ts` for what is read and what is cut off. */
  constructor(options: {
    readonly store: SegmentStore;
    readonly config: () => LogConfig;
    readonly startOffset: number;
    readonly log: (line: string) => void;
    readonly name: string;
    readonly wasClosedCleanly?: boolean;
    /** The memory for indexes, shared by all logs. */
    readonly cache?: IndexCache;
  }) {
    const { store, log, wasClosedCleanly = false, cache = new IndexCache(ownCacheBytes) } = options;
    const opened = openLog({ ...options, wasClosedCleanly, cache });
    const { segments, producers, compacted } = opened;
    this.#config = options.config;
    this.#segments = segments;
    this.#producers = producers;
    this.#compacted = compacted;
    this.#startOffset = Math.max(options.startOffset, segments.first.baseOffset);
    const state = () => ({ producers: producers.snapshot(), compacted: this.#compacted });
    this.#recoveryPoint = new RecoveryPoint({ store, state, log, ...opened });
  }

  /** The first offset that is still there. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#segments.last.endOffset;
  }

  /** Read-committed consumers see what lies before it: the first record of an open transaction, or the end. */
  get stableOffset(): number {
    return Math.max(this.#startOffset, this.#producers.firstOpenOffset ?? this.endOffset);
  }

  get sizeInBytes(): number {
    return this.#segments.sizeInBytes;
  }

  get producers(): readonly ActiveProducer[] {
    return this.#producers.list();
  }

  /** Appends a batch that was checked. A repeated one of an idempotent producer answers its first place. */
  append(header: BatchHeader, bytes: Buffer): Appended {
    if (header.producerId !== noProducer) {
      const repeated = this.#producers.check(header);
      if (repeated !== undefined) return { baseOffset: repeated, appendTime: -1 };
    }
    const { appendTime, ...config } = this.#config();
    const now = Date.now();
    if (appendTime) stampAppendTime(bytes, now);
    return { baseOffset: this.#write(bytes, config), appendTime: appendTime ? now : -1 };
  }

  /** Whether a producer has a transaction open in this partition. */
  isOpen(producerId: number): boolean {
    return this.#producers.isOpen(producerId);
  }

  /** Ends a producer's transaction in this partition. */
  appendMarker(producerId: number, producerEpoch: number, commit: boolean): void {
    this.#write(transactionMarker({ producerId, producerEpoch, commit, timestamp: Date.now() }), this.#config());
  }

  /**
   * What can be read from an offset on.
   *
   * @returns undefined at the end of what may be read.
   * @throws KafkaError OFFSET_OUT_OF_RANGE
   */
  extent(offset: number, maxBytes: number, committed: boolean, wholeFirst: boolean): Extent | undefined {
    if (offset < this.#startOffset || offset > this.endOffset) {
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `Offset ${offset} is not in ${this.#startOffset}..${this.endOffset}`);
    }
    const before = committed ? this.stableOffset : this.endOffset;
    if (offset >= before) return undefined;
    for (const segment of this.#segments.from(offset)) {
      const first = segment.firstFrom(offset);
      if (first === undefined) continue;
      const measured = segment.measure(first.position, maxBytes, before, wholeFirst);
      return measured.length === 0 ? undefined : { segment, position: first.position, ...measured };
    }
    return undefined;
  }

  /** The aborted transactions that a read-committed consumer must know to read an extent. */
  abortedIn(offset: number, extent: Extent | undefined): readonly AbortedTransaction[] {
    return extent === undefined ? [] : this.#producers.abortedBetween(offset, extent.endOffset);
  }

  /** The first record that is not older than `timestamp`, below the end that the reader may see. */
  offsetAt(timestamp: number, committed: boolean): TimedOffset {
    return offsetAt(this.#range(committed), timestamp);
  }

  /** The newest record by its time (KIP-734). */
  offsetOfMaxTimestamp(): TimedOffset {
    return offsetOfMaxTimestamp(this.#range(false));
  }

  /** Forgets everything before `offset`. */
  deleteBefore(offset: number): void {
    if (offset > this.endOffset) {
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `Offset ${offset} lies behind the end of the log, ${this.endOffset}`);
    }
    this.#startOffset = Math.max(this.#startOffset, offset);
    // The active segment can only go once there is a new one to write to.
    if (this.#segments.last.size > 0 && this.endOffset <= this.#startOffset) this.#roll();
    this.#segments.dropBefore(this.#startOffset);
    this.#producers.dropBefore(this.#startOffset);
  }

  /** Where the log should begin by `retention.ms` and `retention.bytes`; only whole segments go. */
  retainedFrom(now: number): number {
    const from = retainedFrom([...this.#segments], this.#config(), now);
    return Math.max(this.#startOffset, Math.min(from, this.stableOffset));
  }

  /**
   * Compacts the segments that are no longer written to, once at least half of them is new. Small ones are merged.
   *
   * @returns whether there was something to do.
   */
  compact(now: number): boolean {
    const { compacts, segmentBytes, deleteRetentionMs } = this.#config();
    const closed = this.#segments.sealed.filter((segment) => segment.endOffset <= this.stableOffset);
    const bytes = closed.reduce((sum, segment) => sum + segment.size, 0);
    const until = closed.at(-1)?.endOffset ?? 0;
    if (!compacts || until <= this.#compacted.until || bytes < 2 * this.#compacted.bytes) return false;
    const input = {
      segments: [...this.#segments],
      stableOffset: this.stableOffset,
      aborted: this.#producers.aborted,
      tombstonesUntil: now - deleteRetentionMs,
    };
    this.#recoveryPoint.invalidate();
    for (const { group, content } of compact(closed, segmentBytes, input)) this.#segments.merge(group, content);
    this.#producers.dropBefore(until);
    const left = this.#segments.sealed.reduce((sum, segment) => sum + segment.size, 0);
    this.#compacted = { bytes: left, until };
    this.#recoveryPoint.moveSoon();
    return true;
  }

  /** The producers with a transaction open in this partition. */
  get openProducers(): readonly ActiveProducer[] {
    return this.producers.filter(({ producerId }) => this.#producers.isOpen(producerId));
  }

  /** Calls `ring` once something was appended or the log is gone. */
  onChange(ring: () => void): () => void {
    this.#waiting.add(ring);
    return () => this.#waiting.delete(ring);
  }

  /** Forgets producers that have been idle for long. */
  expireProducers(now: number): void {
    this.#producers.expire(now - producerExpirationMs);
  }

  /** Flushes everything, so that the next one to open it need not read it, and closes the files. */
  close(): void {
    if (this.#isClosed) return;
    try {
      this.#recoveryPoint.move();
    } finally {
      this.discard();
    }
  }

  /** Closes the files as they are: they are to be deleted. */
  discard(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#recoveryPoint.close();
    this.#segments.close();
    this.#ring();
  }

  #write(bytes: Buffer, { segmentBytes, flush }: Pick<LogConfig, 'segmentBytes' | 'flush'>): number {
    const baseOffset = this.endOffset;
    const { last } = this.#segments;
    if (last.size > 0 && last.size + bytes.length > segmentBytes) {
      if (Number.isFinite(flush.messages)) last.sync();
      this.#roll();
    }
    placeAt(bytes, baseOffset);
    const header = readHeader(bytes);
    const isFlushed = this.#recoveryPoint.isFlushDue(header.count, flush);
    this.#segments.last.append(header, bytes, isFlushed);
    this.#producers.note(header, () => bytes);
    this.#recoveryPoint.appended(header, isFlushed, flush);
    this.#ring();
    return baseOffset;
  }

  #range(committed: boolean): Range {
    const before = committed ? this.stableOffset : this.endOffset;
    return { segments: this.#segments, startOffset: this.#startOffset, before };
  }

  #roll(): void {
    this.#segments.roll(this.endOffset);
    this.#recoveryPoint.moveSoon();
  }

  #ring(): void {
    for (const ring of [...this.#waiting]) ring();
  }
}
