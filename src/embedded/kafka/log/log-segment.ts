/**
 * One segment of a partition's log: a file of batches with a sparse index of offsets and times. The index of the
 * segment that is written to is in memory; a sealed one's is read when it is asked for, and may be forgotten again.
 */

import { KafkaError } from '../errors.ts';
import type { SegmentFile, SegmentStore, SideFile } from '../storage/storage.ts';
import { type BatchHeader, isIntact } from './batch.ts';
import { inOne, type PlacedBatch, type ScannedBatch, scanBatches } from './batch-scan.ts';
import { type IndexCache, type IndexHolder, OffsetIndex } from './offset-index.ts';

/** A little more than what lies between two entries of the index. */
const lookUpWindow = 8 * 1024;
const recoveryWindow = 4 * 1024 * 1024;

/** What is known of a segment without reading it. */
export interface SegmentSummary {
  readonly baseOffset: number;
  readonly size: number;
  /** The offset after the last record. */
  readonly endOffset: number;
  readonly maxTimestamp: number;
}

/** Bytes of whole batches, and the offset that no record of them reaches. */
export interface Measured {
  readonly length: number;
  readonly endOffset: number;
}

/** What was cut off a segment's end. */
export interface Cut {
  readonly position: number;
  readonly length: number;
  readonly reason: string;
}

export class LogSegment implements IndexHolder {
  readonly baseOffset: number;
  readonly #file: SegmentFile;
  readonly #indexFile: SideFile;
  readonly #cache: IndexCache;
  #index: OffsetIndex | undefined;
  #isIndexSaved: boolean;
  #isSealed = false;
  #size: number;
  #endOffset: number;
  #maxTimestamp: number;
  #flushedSize: number;

  /** Opens a segment of which so much is known: all, a part whose rest is to be recovered, or nothing yet. */
  constructor(store: SegmentStore, cache: IndexCache, known: Pick<SegmentSummary, 'baseOffset'> | SegmentSummary) {
    const { baseOffset, size, endOffset, maxTimestamp } = { ...emptySegment(known.baseOffset), ...known };
    this.baseOffset = baseOffset;
    this.#file = store.open(baseOffset);
    this.#indexFile = store.index(baseOffset);
    this.#cache = cache;
    this.#index = size === 0 ? new OffsetIndex(baseOffset) : undefined;
    this.#isIndexSaved = size > 0;
    this.#size = size;
    this.#endOffset = endOffset;
    this.#maxTimestamp = maxTimestamp;
    this.#flushedSize = size;
  }

  get path(): string {
    return this.#file.path;
  }

  get size(): number {
    return this.#size;
  }

  /** What the file holds; more than `size` until it is recovered. */
  get fileSize(): number {
    return this.#file.size;
  }

  /** The offset after the last record. */
  get endOffset(): number {
    return this.#endOffset;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  get summary(): SegmentSummary {
    const { baseOffset, size, endOffset, maxTimestamp } = this;
    return { baseOffset, size, endOffset, maxTimestamp };
  }

  /** Whether a loss of power could take some of it. */
  get isFlushed(): boolean {
    return this.#flushedSize === this.#size;
  }

  /** Appends a batch; with `sync` it survives a loss of power. */
  append(header: BatchHeader, bytes: Buffer, sync: boolean): void {
    this.#file.append(bytes, sync);
    if (sync) this.#flushedSize = this.#file.size;
    this.#note(header);
  }

  /**
   * Reads what the file holds beyond what is known, and cuts off what follows the last whole batch with a right
   * checksum. With `isContiguous`, offsets may leave no gap, as compaction does: the checksum does not cover them.
   */
  recover(isContiguous: boolean, visit: (batch: ScannedBatch) => void): Cut | undefined {
    let reason = 'no whole batch';
    for (const batch of scanBatches(this.#file, this.#size, recoveryWindow)) {
      const flaw = this.#flawOf(batch, this.#endOffset, isContiguous);
      if (flaw !== undefined) {
        reason = flaw;
        break;
      }
      this.#note(batch.header);
      visit(batch);
    }
    const length = this.#file.size - this.#size;
    if (length === 0) return undefined;
    this.#indexFile.remove();
    this.#isIndexSaved = false;
    this.#file.truncate(this.#size);
    return { position: this.#size, length, reason };
  }

  /** Whether the last batches of the known part are as they were written. */
  isTailIntact(): boolean {
    let { offset, position: at } = this.#loaded().last;
    for (const batch of scanBatches(this.#file, at, lookUpWindow)) {
      if (at === this.#size) break;
      if (this.#flawOf(batch, offset, true) !== undefined) return false;
      offset = batch.header.lastOffset + 1;
      at = batch.position + batch.header.size;
    }
    return at === this.#size && offset === this.#endOffset;
  }

  /** The batches from the one that holds `offset` (or the next one, in a gap) on. */
  *batchesFrom(offset: number): Generator<PlacedBatch> {
    for (const placed of this.#scan(this.#loaded().atOffset(offset).position)) {
      if (placed.header.lastOffset >= offset) yield placed;
    }
  }

  /** The batch that holds `offset`, or the next one. */
  firstFrom(offset: number): PlacedBatch | undefined {
    for (const placed of this.batchesFrom(offset)) return placed;
    return undefined;
  }

  /** The batches with records that are not older than `timestamp`. */
  *batchesSince(timestamp: number): Generator<PlacedBatch> {
    if (this.#maxTimestamp < timestamp) return;
    for (const placed of this.#scan(this.#loaded().atTime(timestamp).position)) {
      if (placed.header.maxTimestamp >= timestamp) yield placed;
    }
  }

  /**
   * The whole batches from `position` on, within `maxBytes` and below the offset `before`; the first counts even when
   * it is longer, if `wholeFirst`.
   */
  measure(position: number, maxBytes: number, before: number, wholeFirst: boolean): Measured {
    // What surely fits is skipped by the index; only the last stretch is looked at batch by batch.
    const reach = this.#loaded().atPosition(position + maxBytes, before);
    let end = Math.max(position, reach.position);
    let endOffset = reach.offset;
    for (const { header, position: at } of this.#scan(end)) {
      const fits = at + header.size - position <= maxBytes || (wholeFirst && at === position);
      if (header.baseOffset >= before || !fits) break;
      end = at + header.size;
      endOffset = header.lastOffset + 1;
    }
    return { length: end - position, endOffset };
  }

  read(position: number, length: number): readonly Buffer[] {
    return this.#file.read(position, length);
  }

  /** The batch at a position, in one piece. */
  batch(placed: PlacedBatch): Buffer {
    return inOne(this.#file.read(placed.position, placed.header.size));
  }

  /** Nothing is written to it any more: its index need not stay in memory once it is saved. */
  seal(): void {
    this.#isSealed = true;
  }

  /** Puts the index on disk, if it has changed. */
  saveIndex(): void {
    if (this.#isIndexSaved || this.#index === undefined) return;
    this.#indexFile.write(this.#index.encode(this.#size));
    this.#isIndexSaved = true;
    this.#loaded();
  }

  forgetIndex(): void {
    this.#index = undefined;
  }

  /** Takes note that so much of it was flushed. */
  markFlushed(size: number): void {
    this.#flushedSize = Math.max(this.#flushedSize, size);
  }

  sync(): void {
    this.#file.sync();
    this.markFlushed(this.#size);
  }

  close(): void {
    this.#cache.drop(this);
    this.#file.close();
  }

  #note(header: BatchHeader): void {
    this.#loaded().add(header.baseOffset, this.#size, this.#maxTimestamp);
    this.#isIndexSaved = false;
    this.#size += header.size;
    this.#endOffset = header.lastOffset + 1;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, header.maxTimestamp);
  }

  #flawOf({ header, bytes }: ScannedBatch, expected: number, isContiguous: boolean): string | undefined {
    if (!isIntact(bytes())) return 'wrong checksum';
    const { baseOffset } = header;
    const isDue = isContiguous ? baseOffset === expected : baseOffset >= expected;
    return isDue ? undefined : `offset ${baseOffset} where ${expected} was due`;
  }

  #loaded(): OffsetIndex {
    if (this.#index === undefined) {
      const saved = this.#indexFile.read();
      this.#index = saved && OffsetIndex.decode(saved, this.baseOffset, this.#size);
      this.#isIndexSaved = this.#index !== undefined;
      this.#index ??= this.#rebuiltIndex();
    }
    if (this.#isSealed && this.#isIndexSaved) this.#cache.use(this, this.#index.byteLength);
    return this.#index;
  }

  #rebuiltIndex(): OffsetIndex {
    const index = new OffsetIndex(this.baseOffset);
    let newest = -1;
    for (const { header, position } of this.#scan(0)) {
      index.add(header.baseOffset, position, newest);
      newest = Math.max(newest, header.maxTimestamp);
    }
    return index;
  }

  /** The batches of the known part; they were whole once. */
  *#scan(from: number): Generator<PlacedBatch> {
    let at = from;
    for (const placed of scanBatches(this.#file, from, lookUpWindow)) {
      if (at >= this.#size) return;
      yield placed;
      at = placed.position + placed.header.size;
    }
    if (at < this.#size) {
      throw new KafkaError(
        'KAFKA_STORAGE_ERROR',
        `${this.path} is damaged at byte ${at}: restore it, or delete the topic or its records up to ${this.#endOffset}`,
      );
    }
  }
}

function emptySegment(baseOffset: number): SegmentSummary {
  return { baseOffset, size: 0, endOffset: baseOffset, maxTimestamp: -1 };
}
