import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../../src/checksum/crc32c.ts';
import {
  checkProduced,
  isCommitMarker,
  isIntact,
  transactionMarker,
} from '../../../../src/embedded/kafka/log/batch.ts';
import { recordBatch, sealed } from '../record-batches.ts';

test('the checksum is CRC-32C, for every length and start', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  const bytes = Buffer.from(Array.from({ length: 100 }, (_, i) => (i * 37) & 0xff));
  for (let length = 0; length < 100; length++) {
    let slow = -1;
    for (const byte of bytes.subarray(0, length)) {
      slow ^= byte;
      for (let bit = 0; bit < 8; bit++) slow = slow & 1 ? (slow >>> 1) ^ 0x82f63b78 : slow >>> 1;
    }
    expect(crc32c(bytes, 0, length)).toBe((slow ^ -1) >>> 0);
    expect(crc32c(Buffer.concat([Buffer.from([9]), bytes]), 1, length + 1)).toBe((slow ^ -1) >>> 0);
  }
});

describe('a produced batch', () => {
  const good = (): Buffer => recordBatch(['one', 'two', 'three']);

  test('is accepted with a right header', () => {
    expect(checkProduced(good())).toMatchObject({ count: 3, producerId: -1, transactional: false });
  });

  test('with any bit changed is refused', () => {
    const whole = good();
    for (let at = 16; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 4;
      expect(() => checkProduced(changed)).toThrow();
    }
  });

  test.each([
    ['a wrong checksum', (batch: Buffer) => void batch.writeUInt8(1, 70), 'CORRUPT_MESSAGE'],
    ['message format 1', (batch: Buffer) => void batch.writeUInt8(1, 16), 'INVALID_RECORD'],
    ['a record count that is too high', (batch: Buffer) => void batch.writeInt32BE(4, 57), 'INVALID_RECORD'],
    [
      'a count and a last offset that are too high',
      (batch: Buffer) => {
        batch.writeInt32BE(4, 57);
        batch.writeInt32BE(3, 23);
      },
      'INVALID_RECORD',
    ],
    ['the mark of a control batch', (batch: Buffer) => void batch.writeInt16BE(0x20, 21), 'INVALID_RECORD'],
    ['an unknown compression', (batch: Buffer) => void batch.writeInt16BE(5, 21), 'UNSUPPORTED_COMPRESSION_TYPE'],
  ])('with %s is refused', (what, change, error) => {
    const batch = good();
    change(batch);
    if (what !== 'a wrong checksum') sealed(batch);
    expect(() => checkProduced(batch)).toThrow(expect.objectContaining({ error }));
  });

  test('that is cut, or followed by another, is refused', () => {
    const invalid = expect.objectContaining({ error: 'INVALID_RECORD' });
    expect(() => checkProduced(good().subarray(0, -1))).toThrow(invalid);
    expect(() => checkProduced(good().subarray(0, 20))).toThrow(invalid);
    expect(() => checkProduced(Buffer.concat([good(), good()]))).toThrow(invalid);
  });
});

test.each([true, false])('a marker that commits (%s) is a whole batch that says so', (commit) => {
  const marker = transactionMarker({ producerId: 7, producerEpoch: 1, commit, timestamp: 1000 });
  expect(isIntact(marker)).toBe(true);
  expect(isCommitMarker(marker)).toBe(commit);
});
