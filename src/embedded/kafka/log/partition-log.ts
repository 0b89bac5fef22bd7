/**
 * The log of one partition: record batches in segments, with the offsets that clients ask for, the state of its
 * producers and a bell for whoever waits for data. One replica, so the high watermark is the end of the log.
 *
 * Retention drops whole segments, compaction rewrites those that are no longer written to.
 */

import { KafkaError } from '../errors.ts';
import type { SegmentStore } from '../storage/storage.ts';
import {
  type BatchHeader,
  isCommitMarker,
  noProducer,
  placeAt,
  readHeader,
  stampAppendTime,
  transactionMarker,
} from './batch.ts';
import { compact } from './compaction.ts';
import type { LogConfig } from './log-config.ts';
import { LogSegment, type Measured } from './log-segment.ts';
import { type AbortedTransaction, type ActiveProducer, ProducerStates } from './producer-states.ts';
import { firstRecordAt, type TimedOffset } from './records.ts';
import { retainedFrom } from './retention.ts';

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

const nowhere: TimedOffset = { offset: -1, timestamp: -1 };

export class PartitionLog {
  readonly #store: SegmentStore;
  readonly #config: () => LogConfig;
  readonly #producers = new ProducerStates();
  readonly #waiting = new Set<() => void>();
  readonly #segments: LogSegment[] = [];
  #startOffset: number;
  #closed = false;
  /** What the last compaction left, and where it ended. */
  #compacted = { bytes: 0, until: 0 };

  /**
   * Opens the log, reading what is there. The end of the last segment is cut at the last batch with a right
   * checksum: a kill or a loss of power may have left half of a batch there.
   */
  constructor(options: {
    readonly store: SegmentStore;
    readonly config: () => LogConfig;
    readonly startOffset: number;
    readonly log: (line: string) => void;
    readonly name: string;
  }) {
    this.#store = options.store;
    this.#config = options.config;
    this.#startOffset = options.startOffset;
    const bases = options.store.list();
    for (const [i, base] of bases.entries()) {
      const segment = new LogSegment(base, options.store.open(base));
      if (base < (this.#segments.at(-1)?.endOffset ?? 0)) {
        // A kill in mid-compaction left a segment whose records were merged into the one before.
        segment.close();
        options.store.remove(base);
        continue;
      }
      const torn = segment.recover(i === bases.length - 1, (header, bytes) => this.#note(header, bytes));
      if (torn > 0) options.log(`${options.name}: cut ${torn} bytes after offset ${segment.endOffset}: no whole batch`);
      this.#segments.push(segment);
    }
    if (this.#segments.length === 0) this.#roll(this.#startOffset);
    this.#startOffset = Math.max(this.#startOffset, this.#first.baseOffset);
  }

  /** The first offset that is still there. */
  get startOffset(): number {
    return this.#startOffset;
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#last.endOffset;
  }

  /** Read-committed consumers see what lies before it: the first record of an open transaction, or the end. */
  get stableOffset(): number {
    return this.#producers.firstOpenOffset ?? this.endOffset;
  }

  get sizeInBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
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

  /** Ends a producer's transaction in this partition; nothing happens where none is open. */
  appendMarker(producerId: number, producerEpoch: number, commit: boolean): void {
    if (!this.#producers.isOpen(producerId)) return;
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
    for (let i = this.#segmentOf(offset); i < this.#segments.length; i++) {
      const segment = this.#segments[i] as LogSegment;
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
    const before = committed ? this.stableOffset : this.endOffset;
    for (const segment of this.#segments) {
      if (segment.maxTimestamp < timestamp) continue;
      for (const placed of segment.batchesFrom(this.#startOffset)) {
        if (placed.header.baseOffset >= before) return nowhere;
        if (placed.header.control || placed.header.maxTimestamp < timestamp) continue;
        const found = firstRecordAt(placed.header, segment.batch(placed), timestamp, this.#startOffset);
        if (found !== undefined) return found;
      }
    }
    return nowhere;
  }

  /** The newest record by its time (KIP-734). */
  offsetOfMaxTimestamp(): TimedOffset {
    const newest = this.#segments.reduce((max, segment) => Math.max(max, segment.maxTimestamp), -1);
    return newest < 0 ? nowhere : this.offsetAt(newest, false);
  }

  /** Forgets everything before `offset`. */
  deleteBefore(offset: number): void {
    if (offset > this.endOffset) {
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `Offset ${offset} lies behind the end of the log, ${this.endOffset}`);
    }
    this.#startOffset = Math.max(this.#startOffset, offset);
    // The active segment can only go once there is a new one to write to.
    if (this.#last.size > 0 && this.#last.endOffset <= this.#startOffset) this.#roll(this.endOffset);
    while (this.#segments.length > 1 && this.#first.endOffset <= this.#startOffset) this.#dropFirst();
    this.#producers.dropBefore(this.#startOffset);
  }

  /** Where the log should begin by `retention.ms` and `retention.bytes`; only whole segments go. */
  retainedFrom(now: number): number {
    const from = retainedFrom(this.#segments, this.#config(), now);
    return Math.max(this.#startOffset, Math.min(from, this.stableOffset));
  }

  /**
   * Compacts the segments that are no longer written to, once at least half of them is new. Small ones are merged.
   *
   * @returns whether there was something to do.
   */
  compact(now: number): boolean {
    const { compacts, segmentBytes, deleteRetentionMs } = this.#config();
    const closed = this.#segments.slice(0, -1).filter((segment) => segment.endOffset <= this.stableOffset);
    const bytes = closed.reduce((sum, segment) => sum + segment.size, 0);
    const until = closed.at(-1)?.endOffset ?? 0;
    if (!compacts || until <= this.#compacted.until || bytes < 2 * this.#compacted.bytes) return false;
    const input = {
      segments: [...this.#segments],
      stableOffset: this.stableOffset,
      aborted: this.#producers.aborted,
      tombstonesUntil: now - deleteRetentionMs,
    };
    for (const { group, content } of compact(closed, segmentBytes, input)) this.#merge(group, content);
    this.#producers.dropBefore(until);
    const left = this.#segments.slice(0, -1).reduce((sum, segment) => sum + segment.size, 0);
    this.#compacted = { bytes: left, until };
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

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const segment of this.#segments) segment.close();
    this.#ring();
  }

  #write(bytes: Buffer, config: Omit<LogConfig, 'appendTime'>): number {
    const baseOffset = this.endOffset;
    if (this.#last.size > 0 && this.#last.size + bytes.length > config.segmentBytes) this.#roll(baseOffset);
    placeAt(bytes, baseOffset);
    const header = readHeader(bytes);
    this.#last.append(header, bytes);
    if (config.fsync) this.#last.sync();
    this.#note(header, () => bytes);
    this.#ring();
    return baseOffset;
  }

  #note(header: BatchHeader, bytes: () => Buffer): void {
    if (header.control) this.#producers.noteMarker(header, isCommitMarker(bytes()));
    else if (header.producerId !== noProducer) this.#producers.note(header);
  }

  #roll(baseOffset: number): void {
    this.#segments.push(new LogSegment(baseOffset, this.#store.open(baseOffset)));
  }

  /** Puts one segment with this content in the place of several that follow one another. */
  #merge(group: readonly LogSegment[], content: readonly Buffer[]): void {
    const [first] = group;
    if (first === undefined) return;
    const { baseOffset } = first;
    this.#store.replace(baseOffset, content);
    const merged = new LogSegment(baseOffset, this.#store.open(baseOffset));
    merged.recover(false, () => {});
    this.#segments.splice(this.#segments.indexOf(first), group.length, merged);
    for (const segment of group) {
      segment.close();
      if (segment !== first) this.#store.remove(segment.baseOffset);
    }
  }

  #dropFirst(): void {
    const segment = this.#segments.shift() as LogSegment;
    segment.close();
    this.#store.remove(segment.baseOffset);
  }

  #segmentOf(offset: number): number {
    return Math.max(
      0,
      this.#segments.findLastIndex((segment) => segment.baseOffset <= offset),
    );
  }

  #ring(): void {
    for (const ring of [...this.#waiting]) ring();
  }

  get #first(): LogSegment {
    return this.#segments[0] as LogSegment;
  }

  get #last(): LogSegment {
    return this.#segments.at(-1) as LogSegment;
  }
}
