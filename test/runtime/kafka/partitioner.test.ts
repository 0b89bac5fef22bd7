import fc from 'fast-check';
import { Partitioners, type PartitionMetadata } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { javaPartitioner } from '../../../src/runtime/kafka/partitioner.ts';

const partitions = (count: number) =>
  Array.from({ length: count }, (_, partitionId) => ({ partitionId, leader: 1 }) as PartitionMetadata);

describe('the partitioner', () => {
  test('sends every key where the default partitioner of kafkajs, and so of Java, sends it', () => {
    const [ours, theirs] = [javaPartitioner(), Partitioners.DefaultPartitioner()];
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ minLength: 1 }), fc.string({ minLength: 1, unit: 'binary' })),
        fc.integer({ min: 1, max: 50 }),
        (data, count) => {
          const key = typeof data === 'string' ? data : Buffer.from(data);
          const args = { topic: 't', partitionMetadata: partitions(count), message: { key, value: '' } };
          expect(ours(args)).toBe(theirs(args));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('keeps a partition that the message names', () => {
    const message = { key: 'a', value: '', partition: 7 };
    expect(javaPartitioner()({ topic: 't', partitionMetadata: partitions(10), message })).toBe(7);
  });

  test('deals messages without a key out in turn', () => {
    const partitioner = javaPartitioner();
    const dealt = [1, 2, 3, 4].map(() =>
      partitioner({ topic: 't', partitionMetadata: partitions(4), message: { value: '' } }),
    );
    expect(dealt.toSorted()).toEqual([0, 1, 2, 3]);
  });
});
