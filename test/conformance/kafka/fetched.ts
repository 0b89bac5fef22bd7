/** Record batches as a fetch answers them, opened for the eyes of a test. Uncompressed or gzip. */
import { gunzipSync } from 'node:zlib';
import { type BatchHeader, batchOverhead, readHeader } from '../../../src/embedded/kafka/log/batch.ts';
import { Reader } from '../../../src/embedded/kafka/wire/reader.ts';

export interface FetchedBatch extends BatchHeader {
  /** For a control batch the kind of marker. */
  readonly values: readonly string[];
}

/** The whole batches of an answer; a consumer drops a cut one at the end. */
export function batchesOf(records: Buffer | null): readonly FetchedBatch[] {
  const batches: FetchedBatch[] = [];
  let rest = records ?? Buffer.alloc(0);
  while (rest.length >= batchOverhead) {
    const header = readHeader(rest);
    if (header.size > rest.length) break;
    batches.push({ ...header, values: valuesOf(header, rest.subarray(batchOverhead, header.size)) });
    rest = rest.subarray(header.size);
  }
  return batches;
}

function valuesOf(header: BatchHeader, records: Buffer): readonly string[] {
  const reader = new Reader((header.attributes & 7) === 1 ? gunzipSync(records) : records);
  return Array.from({ length: header.count }, () => {
    const record = new Reader(reader.slice(varint(reader)));
    record.int8();
    varint(record);
    varint(record);
    const key = field(record);
    const value = field(record);
    if (header.control) return key?.readInt16BE(2) === 1 ? 'COMMIT' : 'ABORT';
    return value === null ? 'null' : String(value);
  });
}

function field(reader: Reader): Buffer | null {
  const length = varint(reader);
  return length < 0 ? null : reader.slice(length);
}

/** Zigzag, as records have it. Only differences of times may be longer than 32 bits, and not in these tests. */
function varint(reader: Reader): number {
  const zigzag = reader.uvarint();
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}
