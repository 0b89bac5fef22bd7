/**
 * One segment of a partition's log: a file of batches with a sparse index of offsets and times, held in memory and
 * rebuilt when the log is opened.
 */

import type { SegmentFile } from '../storage/storage.ts';
import { type BatchHeader, batchOverhead, isIntact, readHeader } from './batch.ts';

/** One entry of the index for so many bytes of log, as Kafka's `index.interval.bytes`. */
const indexInterval = 4096;

interface IndexEntry {
  readonly offset: number;
  readonly position: number;
}

/** How much of the end is checked by checksums too: what a killed process tears is shorter than its header says. */
const verifiedTail = 64 * 1024;
/** Headers are read by windows of this size when a segment is opened. */
const windowSize = 32 * 1024;

/** A batch and where it lies. */
export interface PlacedBatch {
  readonly header: BatchHeader;
  readonly position: number;
}

/** Bytes of whole batches, and the offset that no record of them reaches. */
export interface Measured {
  readonly length: number;
  readonly endOffset: number;
}

export class LogSegment {
  readonly baseOffset: number;
  readonly #file: SegmentFile;
  readonly #index: IndexEntry[] = [];
  #maxTimestamp = -1;
  #endOffset: number;

  constructor(baseOffset: number, file: SegmentFile) {
    this.baseOffset = baseOffset;
    this.#endOffset = baseOffset;
    this.#file = file;
  }

  get size(): number {
    return this.#file.size;
  }

  /** The offset after the last record. */
  get endOffset(): number {
    return this.#endOffset;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  append(header: BatchHeader, bytes: Buffer): void {
    const position = this.#file.size;
    this.#file.append(bytes);
    this.#note(header, position);
  }

  /**
   * Reads what is there when the log is opened, and cuts off what follows the last whole batch. With `verify`, for
   * the segment that was written to last, the batches near the end are also checked by their checksums.
   *
   * @returns how many bytes were cut off.
   */
  recover(verify: boolean, visit: (header: BatchHeader, bytes: () => Buffer) => void): number {
    const { size: end } = this.#file;
    const verifyFrom = verify ? end - verifiedTail : end;
    let window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
    let position = 0;
    while (position + batchOverhead <= end) {
      if (position + batchOverhead > window.at + window.bytes.length) {
        window = { at: position, bytes: this.#bytes(position, Math.min(windowSize, end - position)) };
      }
      const header = readHeader(window.bytes, position - window.at);
      if (header.size < batchOverhead || position + header.size > end || header.baseOffset < this.#endOffset) break;
      const at = position;
      const bytes = (): Buffer => this.#bytes(at, header.size);
      if (position >= verifyFrom && !isIntact(bytes())) break;
      this.#note(header, position);
      visit(header, bytes);
      position += header.size;
    }
    const torn = end - position;
    if (torn > 0) this.#file.truncate(position);
    return torn;
  }

  /** The batches from the one that holds `offset` (or the next one, in a gap) on. */
  *batchesFrom(offset: number): Generator<PlacedBatch> {
    for (const placed of this.#scan(this.#lastIndexed((entry) => entry.offset <= offset).position)) {
      if (placed.header.lastOffset >= offset) yield placed;
    }
  }

  /** The batch that holds `offset`, or the next one. */
  firstFrom(offset: number): PlacedBatch | undefined {
    for (const placed of this.batchesFrom(offset)) return placed;
    return undefined;
  }

  /**
   * The whole batches from `position` on, within `maxBytes` and below the offset `before`; the first counts even when
   * it is longer, if `wholeFirst`.
   */
  measure(position: number, maxBytes: number, before: number, wholeFirst: boolean): Measured {
    // What surely fits is skipped by the index; only the last stretch is looked at batch by batch.
    const reach = this.#lastIndexed((entry) => entry.position <= position + maxBytes && entry.offset < before);
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
    return this.#bytes(placed.position, placed.header.size);
  }

  sync(): void {
    this.#file.sync();
  }

  close(): void {
    this.#file.close();
  }

  #note(header: BatchHeader, position: number): void {
    const last = this.#index.at(-1);
    if (last === undefined || position - last.position >= indexInterval) {
      this.#index.push({ offset: header.baseOffset, position });
    }
    this.#endOffset = header.lastOffset + 1;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, header.maxTimestamp);
  }

  /** The last indexed batch for which a condition holds that, once false, stays false. */
  #lastIndexed(holds: (entry: IndexEntry) => boolean): IndexEntry {
    let low = 0;
    let high = this.#index.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (holds(this.#index[middle] as IndexEntry)) low = middle;
      else high = middle - 1;
    }
    return this.#index[low] ?? { offset: this.baseOffset, position: 0 };
  }

  *#scan(from: number): Generator<PlacedBatch> {
    for (let position = from; position < this.#file.size; ) {
      const header = readHeader(this.#bytes(position, batchOverhead));
      yield { header, position };
      position += header.size;
    }
  }

  #bytes(position: number, length: number): Buffer {
    const pieces = this.#file.read(position, length);
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}
