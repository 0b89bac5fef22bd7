/**
 * A record batch (magic 2, KIP-98) as the bytes that a producer sent: read in place, never decoded.
 *
 *     0 base offset i64          21 attributes i16             43 producer id i64
 *     8 length after this i32    23 last offset delta i32      51 producer epoch i16
 *    12 leader epoch i32         27 base timestamp i64         53 base sequence i32
 *    16 magic i8                 35 max timestamp i64          57 record count i32
 *    17 CRC-32C of 21… u32                                     61 records
 *
 * The broker patches base offset and leader epoch, which the checksum leaves out.
 */

import { crc32c } from '../../../checksum/crc32c.ts';
import { KafkaError } from '../errors.ts';
import type { Compression } from '../wire/compression.ts';

/** Bytes before the records. */
export const batchOverhead = 61;
/** Bytes before what the length field counts. */
export const lengthOverhead = 12;
export const noProducer = -1;

const compressionMask = 0x07;
const appendTimeFlag = 0x08;
const transactionalFlag = 0x10;
const controlFlag = 0x20;

/** Where the leader epoch would change on a new leader: here there is one node, and one epoch. */
export const leaderEpoch = 0;

/** The header of a batch, read once. */
export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** The whole batch in bytes. */
  readonly size: number;
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
  readonly transactional: boolean;
  readonly control: boolean;
}

const compressions: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** How the records of the batch are compressed; undefined for a codec that Kafka does not know. */
export function compressionOf(header: BatchHeader): Compression | undefined {
  return compressions[header.attributes & compressionMask];
}

/** Reads the header at `at`; the caller has checked that `batchOverhead` bytes are there. */
export function readHeader(bytes: Buffer, at = 0): BatchHeader {
  const baseOffset = readInt64(bytes, at);
  const attributes = bytes.readInt16BE(at + 21);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + 23),
    size: lengthOverhead + bytes.readInt32BE(at + 8),
    attributes,
    baseTimestamp: readInt64(bytes, at + 27),
    maxTimestamp: readInt64(bytes, at + 35),
    producerId: readInt64(bytes, at + 43),
    producerEpoch: bytes.readInt16BE(at + 51),
    baseSequence: bytes.readInt32BE(at + 53),
    count: bytes.readInt32BE(at + 57),
    transactional: (attributes & transactionalFlag) !== 0,
    control: (attributes & controlFlag) !== 0,
  };
}

/** Whether a whole batch begins at `at`, as the broker writes it, with a right checksum. */
export function isIntact(bytes: Buffer, at = 0): boolean {
  if (bytes.length - at < batchOverhead || bytes[at + 16] !== 2) return false;
  if (bytes.readInt32BE(at + 12) !== leaderEpoch) return false;
  const size = lengthOverhead + bytes.readInt32BE(at + 8);
  if (size < batchOverhead || size > bytes.length - at) return false;
  return crc32c(bytes, at + 21, at + size) === bytes.readUInt32BE(at + 17);
}

/** Gives the batch its place in the log. */
export function placeAt(bytes: Buffer, baseOffset: number): void {
  writeInt64(bytes, baseOffset, 0);
  bytes.writeInt32BE(leaderEpoch, 12);
}

/** `message.timestamp.type=LogAppendTime`: all records take the time of the append. */
export function stampAppendTime(bytes: Buffer, now: number): void {
  bytes.writeInt16BE(bytes.readInt16BE(21) | appendTimeFlag, 21);
  writeInt64(bytes, now, 35);
  seal(bytes);
}

/** Whether the time of the append counts for all records of the batch. */
export function hasAppendTime(header: BatchHeader): boolean {
  return (header.attributes & appendTimeFlag) !== 0;
}

/**
 * The one batch of a partition's produce request, checked as Kafka checks it, but that compressed records are not
 * counted.
 *
 * @throws KafkaError CORRUPT_MESSAGE for a wrong checksum or an unknown format; INVALID_RECORD for a cut batch, more
 * than one batch, an old format, a control batch, a producer without a sequence or a wrong record count.
 */
export function checkProduced(bytes: Buffer): BatchHeader {
  if (bytes.length < batchOverhead) {
    throw new KafkaError('INVALID_RECORD', `A record batch has at least ${batchOverhead} bytes, not ${bytes.length}`);
  }
  const magic = bytes.readInt8(16);
  if (magic < 0 || magic > 2) throw new KafkaError('CORRUPT_MESSAGE', `There is no message format ${magic}`);
  if (magic !== 2) {
    throw new KafkaError(
      'INVALID_RECORD',
      `Message format ${magic} is not supported: use a client of Kafka 0.11 or newer`,
    );
  }
  const header = readHeader(bytes);
  if (header.size !== bytes.length) {
    throw new KafkaError(
      'INVALID_RECORD',
      `A partition takes one batch; it says ${header.size} of ${bytes.length} bytes`,
    );
  }
  if (crc32c(bytes, 21) !== bytes.readUInt32BE(17)) {
    throw new KafkaError('CORRUPT_MESSAGE', 'The checksum of the record batch is wrong');
  }
  if (header.control) throw new KafkaError('INVALID_RECORD', 'Clients may not write control batches');
  if (header.producerId !== noProducer && header.baseSequence < 0) {
    throw new KafkaError('INVALID_RECORD', `A batch of producer ${header.producerId} without a sequence number`);
  }
  if (compressionOf(header) === undefined) {
    throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `Unknown compression in the attributes ${header.attributes}`);
  }
  if (header.count < 1 || header.lastOffset - header.baseOffset !== header.count - 1) {
    throw new KafkaError('INVALID_RECORD', `The record count ${header.count} does not fit the last offset`);
  }
  if (compressionOf(header) === 'none' && !countsRecords(bytes, header.count)) {
    throw new KafkaError('INVALID_RECORD', `The batch does not hold the ${header.count} records that it counts`);
  }
  return header;
}

/** The control batch that ends a transaction (one record: key = version, type; value = version, coordinator epoch). */
export function transactionMarker(marker: {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly commit: boolean;
  readonly timestamp: number;
}): Buffer {
  const record = Buffer.from([0x20, 0, 0, 0, 8, 0, 0, 0, marker.commit ? 1 : 0, 12, 0, 0, 0, 0, 0, 0, 0]);
  const batch = Buffer.alloc(batchOverhead + record.length);
  batch.writeInt32BE(batch.length - lengthOverhead, 8);
  batch[16] = 2;
  batch.writeInt16BE(transactionalFlag | controlFlag, 21);
  writeInt64(batch, marker.timestamp, 27);
  writeInt64(batch, marker.timestamp, 35);
  writeInt64(batch, marker.producerId, 43);
  batch.writeInt16BE(marker.producerEpoch, 51);
  batch.writeInt32BE(-1, 53);
  batch.writeInt32BE(1, 57);
  record.copy(batch, batchOverhead);
  seal(batch);
  return batch;
}

/** Whether a control batch commits; its key ends with the type. */
export function isCommitMarker(batch: Buffer): boolean {
  return batch[batchOverhead + 8] === 1;
}

/**
 * The batch with some of its records only, as compaction leaves it: no producer, no transaction, the same offsets.
 */
export function rebuildBatch(
  batch: Buffer,
  records: Buffer,
  { count, maxTimestamp }: Pick<BatchHeader, 'count' | 'maxTimestamp'>,
): Buffer {
  const rebuilt = Buffer.concat([batch.subarray(0, batchOverhead), records]);
  rebuilt.writeInt32BE(rebuilt.length - lengthOverhead, 8);
  rebuilt.writeInt16BE(rebuilt.readInt16BE(21) & ~transactionalFlag, 21);
  writeInt64(rebuilt, maxTimestamp, 35);
  writeInt64(rebuilt, noProducer, 43);
  rebuilt.writeInt16BE(-1, 51);
  rebuilt.writeInt32BE(-1, 53);
  rebuilt.writeInt32BE(count, 57);
  seal(rebuilt);
  return rebuilt;
}

function seal(batch: Buffer): void {
  batch.writeUInt32BE(crc32c(batch, 21), 17);
}

/** Hops from record to record by their lengths: the cheapest proof that the count is true. */
function countsRecords(bytes: Buffer, count: number): boolean {
  let at = batchOverhead;
  for (let i = 0; i < count; i++) {
    let length = 0;
    let shift = 0;
    let byte: number;
    do {
      if (at >= bytes.length || shift > 28) return false;
      byte = bytes[at++] as number;
      length |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    if (length & 1) return false;
    at += length >>> 1;
  }
  return at === bytes.length;
}

function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

function writeInt64(bytes: Buffer, value: number, at: number): void {
  bytes.writeInt32BE(Math.floor(value / 2 ** 32), at);
  bytes.writeInt32BE(value | 0, at + 4);
}
