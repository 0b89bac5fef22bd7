import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupMessages } from '../../../../src/runtime/kafka/kafkajs/message-groups.ts';

const original = createRequire(import.meta.url)(
  'kafkajs/src/producer/groupMessagesPerPartition.js',
) as typeof groupMessages;

test('messages are grouped as kafkajs groups them', () => {
  const partitions = fc.array(fc.nat({ max: 5 }), { maxLength: 50 });
  fc.assert(
    fc.property(partitions, fc.nat({ max: 2 }), (given, known) => {
      const of = {
        topic: 'sales',
        partitionMetadata: Array.from({ length: known }, (_, partitionId) => ({ partitionId })) as never,
        messages: given.map((partition, i) => ({ partition, value: String(i) })),
        partitioner: ({ message }: { message: { partition?: number } }) => message.partition ?? 0,
      };
      expect(groupMessages(of)).toEqual(original(of));
    }),
  );
});
