/** Makes record batches for tests, byte by byte, as a producer would. */

import { gzipSync } from 'node:zlib';
import { crc32c } from '../../../src/checksum/crc32c.ts';

export interface BatchOptions {
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly timestamp?: number;
  readonly gzip?: boolean;
}

/** A record: its value without a key, or both. */
export type TestRecord = string | { readonly key: string; readonly value: string | null };

/** A batch of records. */
export function recordBatch(values: readonly TestRecord[], options: BatchOptions = {}): Buffer {
  const { producerId = -1, producerEpoch = producerId < 0 ? -1 : 0, baseSequence = -1 } = options;
  const timestamp = options.timestamp ?? 1_700_000_000_000;
  const plain = Buffer.concat(values.map((value, i) => record(value, i)));
  const records = options.gzip ? gzipSync(plain) : plain;
  const batch = Buffer.alloc(61 + records.length);
  batch.writeInt32BE(batch.length - 12, 8);
  batch[16] = 2;
  batch.writeInt16BE((options.transactional ? 0x10 : 0) | (options.gzip ? 1 : 0), 21);
  batch.writeInt32BE(values.length - 1, 23);
  batch.writeBigInt64BE(BigInt(timestamp), 27);
  batch.writeBigInt64BE(BigInt(timestamp + values.length - 1), 35);
  batch.writeBigInt64BE(BigInt(producerId), 43);
  batch.writeInt16BE(producerEpoch, 51);
  batch.writeInt32BE(baseSequence, 53);
  batch.writeInt32BE(values.length, 57);
  records.copy(batch, 61);
  return sealed(batch);
}

/** The batch with its checksum made right after a change. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}

/** Record i is i milliseconds after the first. */
function record(record: TestRecord, i: number): Buffer {
  const { key, value } = typeof record === 'string' ? { key: null, value: record } : record;
  const body = Buffer.concat([Buffer.from([0]), varint(i), varint(i), field(key), field(value), varint(0)]);
  return Buffer.concat([varint(body.length), body]);
}

function field(text: string | null): Buffer {
  if (text === null) return varint(-1);
  const bytes = Buffer.from(text);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes: number[] = [];
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}
