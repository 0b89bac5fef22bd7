import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boundFetches, decodeWithin, mostAtOnceBytes } from '../../../../src/runtime/kafka/kafkajs/fetch-bound.ts';
import { sizeOfRecord } from '../../../../src/runtime/kafka/record-size.ts';
import { batchOf } from '../../../helpers/record-batches.ts';

const require = createRequire(import.meta.url);
const protocol = 'kafkajs/src/protocol';
const Decoder = require(`${protocol}/decoder.js`);
const original = require(`${protocol}/requests/fetch/v4/decodeMessages.js`);

/** A batch of numbered records. */
const numbered = (first: number, count: number, compression: 'none' | 'gzip' = 'none') =>
  batchOf(
    Array.from({ length: count }, (_, i) => String(first + i)),
    { firstOffset: first, compression },
  );

/** The part of an answer that holds these bytes for each of its partitions. */
function answerOf(...partitions: readonly Buffer[]) {
  return new Decoder(
    Buffer.concat(
      partitions.flatMap((bytes) => {
        const size = Buffer.alloc(4);
        size.writeInt32BE(bytes.length);
        return [size, bytes];
      }),
    ),
  );
}

const valuesOf = (records: readonly { readonly value: Buffer | null }[]) => records.map(({ value }) => Number(value));
const perRecord = sizeOfRecord({ value: Buffer.alloc(2) });

describe('an answer to a fetch', () => {
  test('is read up to the limit, and all partitions share it', async () => {
    const batches = Buffer.concat([await numbered(10, 10), await numbered(20, 10), await numbered(30, 10)]);
    const decode = decodeWithin(15 * perRecord, original);
    const answer = answerOf(batches, batches, batches);

    expect(valuesOf(await decode(answer))).toEqual(Array.from({ length: 20 }, (_, i) => 10 + i));
    expect(await decode(answer)).toEqual([]);
    expect(await decode(answer)).toEqual([]);
    expect(answer.canReadBytes(1), 'every partition is taken from the answer').toBe(false);
    expect(await decode(answerOf(batches))).toHaveLength(20);
  });

  test('that ends in the middle of a batch is read up to the end of the one before', async () => {
    const batches = Buffer.concat([await numbered(10, 10), (await numbered(20, 10)).subarray(0, 100)]);

    expect(await decodeWithin(mostAtOnceBytes, original)(answerOf(batches))).toHaveLength(10);
    expect(await decodeWithin(mostAtOnceBytes, original)(answerOf(Buffer.alloc(0)))).toEqual([]);
  });

  test('may hold one batch of more records than fit on a stack', async () => {
    const batch = await numbered(0, 150_000, 'gzip');
    await expect(original(answerOf(batch))).rejects.toThrow(RangeError);

    expect(await decodeWithin(mostAtOnceBytes, original)(answerOf(batch))).toHaveLength(150_000);
  });

  test('read again from where it ended, gives every record once and in order, whatever the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 50 * perRecord }),
        async (counts, limit) => {
          const decode = decodeWithin(limit, original);
          let first = 0;
          const log: { readonly end: number; readonly bytes: Buffer }[] = [];
          for (const count of counts) {
            log.push({ end: first + count, bytes: await numbered(first, count) });
            first += count;
          }
          const read: number[] = [];
          while (read.length < first) {
            const rest = log.filter(({ end }) => end > read.length).map(({ bytes }) => bytes);
            const records = await decode(answerOf(Buffer.concat(rest)));
            expect(records.length).toBeGreaterThan(0);
            const size = records.reduce((sum, record) => sum + sizeOfRecord(record), 0);
            expect(size).toBeLessThan(limit + 20 * (perRecord + 20));
            read.push(...valuesOf(records));
          }
          expect(read).toEqual(Array.from({ length: first }, (_, n) => n));
        },
      ),
      { numRuns: 50 },
    );
  });
});

test('every consumer of kafkajs in this thread reads so', () => {
  boundFetches();
  boundFetches();
  for (const version of [4, 5, 7, 8, 11]) require(`${protocol}/requests/fetch/v${version}/response.js`);

  expect(require(`${protocol}/requests/fetch/v4/decodeMessages.js`)).not.toBe(original);
});

test('what a record takes counts its key, value and headers', () => {
  const [key, value] = [Buffer.alloc(10), Buffer.alloc(1000)];
  const bare = sizeOfRecord({ key, value });

  expect(bare).toBeGreaterThan(1010);
  expect(sizeOfRecord({ key: null, value: null })).toBe(bare - 1010);
  expect(sizeOfRecord({ key, value, headers: { a: Buffer.alloc(500) } }) - bare).toBeGreaterThan(500);
  const more = (a: unknown) => sizeOfRecord({ key, value, headers: { a } }) - bare;
  expect(more([Buffer.alloc(500), 'x'.repeat(500)])).toBeGreaterThan(1000);
  expect(more([null, Buffer.alloc(500)])).toBe(more(Buffer.alloc(500)));
  // What kafkajs makes of a header named `__proto__`.
  expect(more([Object.prototype])).toBe(more(null));
});
