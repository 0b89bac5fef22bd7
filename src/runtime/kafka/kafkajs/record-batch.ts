/**
 * A batch of records as Kafka keeps it, format 2 (KIP-98), uncompressed: its size is known before it is written, so
 * that it is written once, into the request that takes it there. Not a copy in between, nor objects per record.
 *
 * @see https://kafka.apache.org/documentation/#recordbatch
 */
import type { IHeaders, Message } from 'kafkajs';
import { crc32c } from '../../../checksum/crc32c.ts';

/** Who writes a batch, and which of its batches it is. */
export interface BatchOrigin {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly isTransactional: boolean;
}

const magic = 2;
const transactionalFlag = 0x10;
/** Of the parts before the records. */
const overhead = 61;
const leaderEpochAt = 12;
const crcAt = 17;
const attributesAt = 21;

export class RecordBatch {
  /** Bytes of the whole batch. */
  readonly size: number;
  readonly #messages: readonly Message[];
  readonly #origin: BatchOrigin;
  readonly #timestamps: Float64Array;
  readonly #firstTimestamp: number;
  /** Of each record without the length before it. */
  readonly #sizes: Int32Array;

  /** @param now the time of messages without one, in ms since 1970 */
  constructor(messages: readonly Message[], origin: BatchOrigin, now: number) {
    this.#messages = messages;
    this.#origin = origin;
    this.#timestamps = Float64Array.from(messages, ({ timestamp }) => Number(timestamp ?? now));
    this.#firstTimestamp = this.#timestamps.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY);
    this.#sizes = new Int32Array(messages.length);
    let size = overhead;
    for (let i = 0; i < messages.length; i++) {
      const record = this.#sizeOf(i);
      this.#sizes[i] = record;
      size += sizeOfVarint(record) + record;
    }
    this.size = size;
  }

  /** Writes the batch at `start`, where `size` bytes are free. */
  write(bytes: Buffer, start: number): void {
    const { producerId, producerEpoch, firstSequence, isTransactional } = this.#origin;
    const end = start + this.size;
    const latest = this.#timestamps.reduce((most, time) => Math.max(most, time), this.#firstTimestamp);
    // The broker gives the first offset.
    let at = bytes.writeBigInt64BE(0n, start);
    at = bytes.writeInt32BE(this.size - leaderEpochAt, at);
    at = bytes.writeInt32BE(0, at);
    bytes.writeInt8(magic, at);
    at = bytes.writeInt16BE(isTransactional ? transactionalFlag : 0, start + attributesAt);
    at = bytes.writeInt32BE(this.#messages.length - 1, at);
    at = bytes.writeBigInt64BE(BigInt(this.#firstTimestamp), at);
    at = bytes.writeBigInt64BE(BigInt(latest), at);
    at = bytes.writeBigInt64BE(producerId, at);
    at = bytes.writeInt16BE(producerEpoch, at);
    at = bytes.writeInt32BE(firstSequence, at);
    at = bytes.writeInt32BE(this.#messages.length, at);
    for (let i = 0; i < this.#messages.length; i++) at = this.#writeRecord(i, bytes, at);
    bytes.writeUInt32BE(crc32c(bytes, start + attributesAt, end), start + crcAt);
  }

  #sizeOf(index: number): number {
    const { key, value, headers } = this.#messages[index] as Message;
    const attributes = 1;
    return (
      attributes +
      sizeOfVarint(this.#timestampDelta(index)) +
      sizeOfVarint(index) +
      sizeOfBytes(key) +
      sizeOfBytes(value) +
      sizeOfHeaders(headers)
    );
  }

  #writeRecord(index: number, bytes: Buffer, start: number): number {
    const { key, value, headers } = this.#messages[index] as Message;
    let at = writeVarint(bytes, start, this.#sizes[index] as number);
    bytes[at++] = 0;
    at = writeVarint(bytes, at, this.#timestampDelta(index));
    at = writeVarint(bytes, at, index);
    at = writeBytes(bytes, at, key);
    at = writeBytes(bytes, at, value);
    return writeHeaders(bytes, at, headers);
  }

  #timestampDelta(index: number): number {
    return (this.#timestamps[index] as number) - this.#firstTimestamp;
  }
}

type Bytes = Buffer | string | null | undefined;

/** Of a whole number that is no longer than 53 bits, zigzag and seven bits a byte. */
function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

function writeVarint(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let rest = zigzag(value);
  // Beyond 31 bits the operators of bits do not reach.
  for (; rest >= 0x80000000; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value);

function sizeOfBytes(of: Bytes): number {
  if (of === null || of === undefined) return 1;
  const size = Buffer.byteLength(of);
  return sizeOfVarint(size) + size;
}

function writeBytes(bytes: Buffer, start: number, of: Bytes): number {
  if (of === null || of === undefined) return writeVarint(bytes, start, -1);
  if (typeof of === 'string') {
    const at = writeVarint(bytes, start, Buffer.byteLength(of));
    return at + bytes.write(of, at);
  }
  const at = writeVarint(bytes, start, of.length);
  bytes.set(of, at);
  return at + of.length;
}

/** A header that is there more than once is an array. */
function* pairs(headers: IHeaders): Generator<readonly [name: string, value: Bytes]> {
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (!Array.isArray(value)) yield [name, value];
    else for (const one of value) yield [name, one];
  }
}

function sizeOfHeaders(headers: IHeaders | undefined): number {
  if (headers === undefined) return 1;
  let count = 0;
  let size = 0;
  for (const [name, value] of pairs(headers)) {
    count++;
    size += sizeOfBytes(name) + sizeOfBytes(value);
  }
  return sizeOfVarint(count) + size;
}

function writeHeaders(bytes: Buffer, start: number, headers: IHeaders | undefined): number {
  const all = headers === undefined ? [] : [...pairs(headers)];
  let at = writeVarint(bytes, start, all.length);
  for (const [name, value] of all) at = writeBytes(bytes, writeBytes(bytes, at, name), value);
  return at;
}
