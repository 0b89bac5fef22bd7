/** Fetches of which nothing is for the reader, through the consumer of the runtime. */
import { expect, onTestFinished, test } from 'vitest';
import { superviseConsumer } from '../../../../src/runtime/kafka/consumer.ts';
import { createLogger } from '../../../../src/runtime/log.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { brokerForTest, clientOf, produce, readAll, textOf } from '../../../helpers/runtime/kafka.ts';

test('what compaction took before the end of a transaction is not reported as lost', async () => {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  const admin = await client.admin();
  // Each batch is a segment of its own, and all but the last are compacted; tombstones go at once.
  const configEntries = Object.entries({
    'cleanup.policy': 'compact',
    'segment.bytes': '14',
    'delete.retention.ms': '0',
  }).map(([name, value]) => ({ name, value }));
  await admin.createTopics({ topics: [{ topic: 'wines', numPartitions: 1, configEntries }] });
  await produce(client, 'wines', [{ key: 'a', value: '1' }]);
  await produce(client, 'wines', [{ key: 'a', value: null }]);
  const producer = client.producer({ transactionalId: 'x' });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic: 'wines', messages: [{ key: 'a', value: '2' }] });
  await transaction.abort();
  await producer.disconnect();
  await eventually(async () => expect(await readAll(client, 'wines')).toEqual([]), { interval: 200 });

  const values: (string | null)[] = [];
  const skipped: { readonly from: bigint; readonly next: bigint }[] = [];
  const warnings: string[] = [];
  const consumer = superviseConsumer({
    client: clientOf(broker),
    groupId: 'tasters',
    topics: async () => ['wines'],
    offsetReset: 'earliest',
    maxWaitMs: 50,
    log: createLogger(({ message }) => warnings.push(message), 'consumer', 'warn'),
    onAssigned: () => undefined,
    onBatch: ({ messages }) => values.push(...messages.map(({ value }) => textOf(value))),
    onSkipped: ({ from, next }) => skipped.push({ from, next }),
  });
  onTestFinished(() => consumer.close());
  await eventually(() => expect(skipped.at(-1)?.next).toBe(4n));
  await produce(client, 'wines', [{ key: 'b', value: '3' }]);
  await eventually(() => expect(values).toEqual(['3']));

  expect(skipped).toEqual([{ from: 0n, next: 4n }]);
  expect(warnings).toEqual([]);
});
