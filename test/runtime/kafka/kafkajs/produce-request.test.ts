import { createRequire } from 'node:module';
import fc from 'fast-check';
import type { Message } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { encodeProduce, type ProduceOptions } from '../../../../src/runtime/kafka/kafkajs/produce-request.ts';
import { RecordBatch } from '../../../../src/runtime/kafka/kafkajs/record-batch.ts';

// As kafkajs writes it: nothing here replaces its modules.
const require = createRequire(import.meta.url);
const kafkajs = require('kafkajs/src/protocol/requests/produce/v3/request.js') as (options: ProduceOptions) => {
  encode(): Promise<{ readonly buffer: Buffer }>;
};

const now = Date.parse('2026-11-23T12:00:00Z');
/** All of one length as text: kafkajs compares them as such. */
const timestamp = fc.integer({ min: 0, max: 1_000_000_000_000 }).map((later) => String(1_500_000_000_000 + later));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((of) => Buffer.from(of)),
  fc.string({ unit: 'binary', maxLength: 100 }),
);
const headers = fc.dictionary(
  fc.string({ unit: 'grapheme', maxLength: 20 }).filter((name) => name !== '__proto__'),
  fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })),
  { maxKeys: 4, noNullPrototype: true },
);
const message: fc.Arbitrary<Message> = fc.record(
  { key: fc.option(bytes), value: fc.option(bytes), timestamp, headers },
  { requiredKeys: ['value', 'timestamp'] },
);
const options: fc.Arbitrary<ProduceOptions> = fc.record(
  {
    acks: fc.constantFrom(-1, 0, 1),
    timeout: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
    transactionalId: fc.option(fc.string({ minLength: 1 })),
    producerId: fc.bigInt({ min: -1n, max: 2n ** 63n - 1n }).map(String),
    producerEpoch: fc.integer({ min: 0, max: 32767 }),
    topicData: fc.array(
      fc.record({
        topic: fc.string({ minLength: 1, maxLength: 249 }),
        partitions: fc.array(
          fc.record({
            partition: fc.nat(),
            messages: fc.array(message, { minLength: 1, maxLength: 20 }),
            firstSequence: fc.nat(),
          }),
          { maxLength: 3 },
        ),
      }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: ['acks', 'timeout', 'topicData'] },
);

describe('a produce request', () => {
  test('has the bytes that kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(options, async (given) => {
        const expected = (await kafkajs(given).encode()).buffer;
        expect(encodeProduce(given, now).equals(expected)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('has the time of its writing where a message has none', () => {
    const origin = { producerId: 7n, producerEpoch: 1, firstSequence: 0, isTransactional: false };
    const written = (messages: readonly Message[]) => {
      const batch = new RecordBatch(messages, origin, now);
      const into = Buffer.alloc(batch.size);
      batch.write(into, 0);
      return into;
    };

    expect(written([{ value: 'a' }, { value: 'b', timestamp: String(now - 5) }])).toEqual(
      written([
        { value: 'a', timestamp: String(now) },
        { value: 'b', timestamp: String(now - 5) },
      ]),
    );
  });

  test('reaches over times that differ by more than 32 bits, and does not mind their lengths', () => {
    const origin = { producerId: 7n, producerEpoch: 1, firstSequence: 0, isTransactional: true };
    const batch = new RecordBatch(
      [
        { value: 'new', timestamp: String(now) },
        { value: 'old', timestamp: '999' },
      ],
      origin,
      now,
    );
    const into = Buffer.alloc(batch.size);
    batch.write(into, 0);

    expect(into.readBigInt64BE(27), 'first timestamp').toBe(999n);
    expect(into.readBigInt64BE(35), 'max timestamp').toBe(BigInt(now));
  });
});
