/** Walks the batches of a segment's file by their headers, reading it window by window. */

import type { SegmentFile } from '../storage/storage.ts';
import { type BatchHeader, batchOverhead, readHeader } from './batch.ts';

/** A batch and where it lies. */
export interface PlacedBatch {
  readonly header: BatchHeader;
  readonly position: number;
}

/** A batch that was met, with a way to its bytes. */
export interface ScannedBatch extends PlacedBatch {
  readonly bytes: () => Buffer;
}

/**
 * The batches from a position on, up to the end or the first that is not there as a whole; nothing else is checked.
 *
 * @returns where it ended.
 */
export function* scanBatches(file: SegmentFile, from: number, windowSize: number): Generator<ScannedBatch, number> {
  const end = file.size;
  let window: { readonly at: number; readonly bytes: Buffer } = { at: 0, bytes: Buffer.alloc(0) };
  const bytesAt = (position: number, length: number): Buffer => {
    if (position < window.at || position + length > window.at + window.bytes.length) {
      const size = Math.min(Math.max(length, windowSize), end - position);
      window = { at: position, bytes: inOne(file.read(position, size)) };
    }
    const start = position - window.at;
    return window.bytes.subarray(start, start + length);
  };
  let position = from;
  while (position + batchOverhead <= end) {
    const header = readHeader(bytesAt(position, batchOverhead));
    if (header.size < batchOverhead || position + header.size > end) break;
    const at = position;
    yield { header, position, bytes: () => bytesAt(at, header.size) };
    position += header.size;
  }
  return position;
}

/** Pieces that follow one another as one buffer. */
export function inOne(pieces: readonly Buffer[]): Buffer {
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
}
