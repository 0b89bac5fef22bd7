import { describe, expect, test } from 'vitest';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import { closeRecords, firstRecordAt, openRecords, recordsOf } from '../../../../src/embedded/kafka/log/records.ts';
import { type Compression, compress } from '../../../../src/embedded/kafka/wire/compression.ts';
import { recordBatch } from '../record-batches.ts';

const codecs: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const headerLength = 61;
const start = 1_700_000_000_000;

/** A batch of three records, a millisecond apart, in a compression. */
function compressedBatch(codec: Compression): Buffer {
  const batch = recordBatch([{ key: 'a', value: '1' }, 'two', { key: 'c', value: null }], { timestamp: start });
  const records = compress(codec, batch.subarray(headerLength));
  const compressed = Buffer.concat([batch.subarray(0, headerLength), records]);
  compressed.writeInt32BE(compressed.length - 12, 8);
  compressed.writeInt16BE(codecs.indexOf(codec), 21);
  return compressed;
}

describe.each(codecs)('records with compression %s', (codec) => {
  const batch = compressedBatch(codec);
  const header = readHeader(batch);

  test('are opened, each in its place', () => {
    const opened = openRecords(header, batch) ?? Buffer.alloc(0);
    const records = [...recordsOf(header, opened)].map(({ offset, key, isTombstone }) => [
      offset,
      `${key}`,
      isTombstone,
    ]);
    expect(records).toEqual([
      [0, 'a', false],
      [1, 'null', false],
      [2, 'c', true],
    ]);
  });

  test('are found by their own times', () => {
    expect(firstRecordAt(header, batch, start + 1, 0)).toEqual({ offset: 1, timestamp: start + 1 });
    expect(firstRecordAt(header, batch, start, 2)).toEqual({ offset: 2, timestamp: start + 2 });
    expect(firstRecordAt(header, batch, start + 3, 0)).toBe(undefined);
  });

  test('can be closed and opened again', () => {
    const opened = openRecords(header, batch) ?? Buffer.alloc(0);
    const closed = Buffer.concat([batch.subarray(0, headerLength), closeRecords(header, opened)]);
    closed.writeInt32BE(closed.length - 12, 8);
    expect(openRecords(readHeader(closed), closed)).toEqual(opened);
  });

  if (codec === 'none') return;
  test('stay closed when they are broken, and answer with the first by time', () => {
    const broken = Buffer.from(batch);
    broken.fill(0xff, headerLength);
    expect(openRecords(header, broken)).toBe(undefined);
    expect(firstRecordAt(header, broken, start + 1, 0)).toEqual({ offset: 0, timestamp: start });
  });
});
