/**
 * The records inside a batch, for the questions that need them: offsets by time, compaction, keys. Batches of every
 * compression are opened; one that is broken stays closed: by time it answers with its first record, which comes early
 * and never late, and compaction keeps it as it is.
 *
 *     length varint | attributes i8 | timestamp delta varint | offset delta varint |
 *     key length varint (-1: null), key | value length varint (-1: null), value | headers
 */

import { compress, decompress } from '../wire/compression.ts';
import { type BatchHeader, batchOverhead, compressionOf, hasAppendTime } from './batch.ts';

const maxOpenedBytes = 256 * 1024 * 1024;

/** An offset with its record's time; -1, -1 where there is none. */
export interface TimedOffset {
  readonly offset: number;
  readonly timestamp: number;
}

/** One record, as views of an opened batch. */
export interface RecordView extends TimedOffset {
  readonly key: Buffer | null;
  readonly isTombstone: boolean;
  /** The record with its length in front. */
  readonly bytes: Buffer;
}

/** The first record of the batch, from offset `from` on, that is not older than `timestamp`. */
export function firstRecordAt(
  header: BatchHeader,
  batch: Buffer,
  timestamp: number,
  from: number,
): TimedOffset | undefined {
  const first = Math.max(header.baseOffset, from);
  if (hasAppendTime(header)) return { offset: first, timestamp: header.maxTimestamp };
  const opened = openRecords(header, batch);
  if (opened === undefined) return { offset: first, timestamp: header.baseTimestamp };
  for (const record of recordsOf(header, opened)) {
    if (record.timestamp >= timestamp && record.offset >= from) {
      return { offset: record.offset, timestamp: record.timestamp };
    }
  }
  return undefined;
}

/** The newest time of the batch's records from offset `from` on. */
export function newestRecordFrom(header: BatchHeader, batch: () => Buffer, from: number): number {
  if (header.baseOffset >= from || hasAppendTime(header)) return header.maxTimestamp;
  const opened = openRecords(header, batch());
  if (opened === undefined) return header.maxTimestamp;
  return newestOf([...recordsOf(header, opened)].filter(({ offset }) => offset >= from));
}

/** The newest time of records; -1 where there are none. */
export function newestOf(records: readonly TimedOffset[]): number {
  return records.reduce((max, { timestamp }) => Math.max(max, timestamp), -1);
}

/** The records' bytes, decompressed; undefined where that cannot be done: a client may send what is broken, or a bomb. */
export function openRecords(header: BatchHeader, batch: Buffer): Buffer | undefined {
  const compression = compressionOf(header);
  if (compression === undefined) return undefined;
  try {
    return decompress(compression, batch.subarray(batchOverhead, header.size), maxOpenedBytes);
  } catch {
    return undefined;
  }
}

/** The records' bytes as the batch keeps them: compressed as before. */
export function closeRecords(header: BatchHeader, records: Buffer): Buffer {
  return compress(compressionOf(header) ?? 'none', records);
}

/** Walks the records of an opened batch. */
export function* recordsOf(header: BatchHeader, opened: Buffer): Generator<RecordView> {
  let at = 0;
  for (let i = 0; i < header.count; i++) {
    const [length, body] = varint(opened, at);
    const [timestampDelta, afterTimestamp] = varint(opened, body + 1);
    const [offsetDelta, afterOffset] = varint(opened, afterTimestamp);
    const [keyLength, keyAt] = varint(opened, afterOffset);
    const keyEnd = keyAt + Math.max(0, keyLength);
    const [valueLength] = varint(opened, keyEnd);
    yield {
      offset: header.baseOffset + offsetDelta,
      timestamp: header.baseTimestamp + timestampDelta,
      key: keyLength < 0 ? null : opened.subarray(keyAt, keyEnd),
      isTombstone: valueLength < 0,
      bytes: opened.subarray(at, body + length),
    };
    at = body + length;
  }
}

/** A zigzag-encoded variable-length integer and the position after it. */
function varint(bytes: Buffer, start: number): readonly [value: number, next: number] {
  let value = 0;
  let at = start;
  for (let scale = 1; at < bytes.length; scale *= 128) {
    const byte = bytes[at++] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  return [value % 2 === 0 ? value / 2 : -(value + 1) / 2, at];
}
