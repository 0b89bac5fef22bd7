import { describe, expect, onTestFinished, test } from 'vitest';
import { openTransactions } from '../../../src/runtime/kafka/producer.ts';
import { createTails, longestValue, mostRecords } from '../../../src/runtime/kafka/tails.ts';
import { eventually } from '../../helpers/eventually.ts';
import { collectLog } from '../../helpers/log.ts';
import { brokerForTest, clientOf, createTopic, produce } from '../../helpers/runtime/kafka.ts';

async function tailsForTest() {
  const client = clientOf(await brokerForTest());
  const tails = createTails(client, 'looker', collectLog().log);
  onTestFinished(() => tails.close());
  const values = async (topic: string, limit = 10) =>
    (await tails.latest(topic, limit)).map(({ value }) => value && Buffer.from(value).toString());
  return { client, tails, values };
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ value: String(from + i), timestamp: String(1_000 + from + i) }));

describe('the latest records of a topic', () => {
  test('are the newest first, over all of its partitions', async () => {
    const { client, values } = await tailsForTest();
    await createTopic(client, 'wines', 3);
    await produce(
      client,
      'wines',
      numbered(0, 300).map((message, i) => ({ ...message, partition: i % 3 })),
    );
    expect(await values('wines', 4)).toEqual(['299', '298', '297', '296']);
    expect(await values('wines', 1_000)).toHaveLength(mostRecords);
  });

  test('grow while they are looked at', async () => {
    const { client, values } = await tailsForTest();
    await createTopic(client, 'wines');
    expect(await values('wines')).toEqual([]);
    await produce(client, 'wines', numbered(0, 2));
    await eventually(async () => expect(await values('wines')).toEqual(['1', '0']));
  });

  test('are those of committed transactions', async () => {
    const { client, values } = await tailsForTest();
    await createTopic(client, 'wines');
    const producer = await openTransactions(client, 'merchant');
    onTestFinished(() => producer.close());
    for (const value of ['a', 'b', 'c']) await producer.commit([{ topic: 'wines', messages: [{ value }] }]);
    expect(await values('wines')).toEqual(['c', 'b', 'a']);
  });

  test('have the beginning of a long value and tell how long it is', async () => {
    const { client, tails } = await tailsForTest();
    await createTopic(client, 'wines');
    await produce(client, 'wines', [{ value: 'x'.repeat(longestValue + 5), headers: { reason: 'corked' } }]);
    const [record] = await tails.latest('wines', 1);
    expect(record?.value).toHaveLength(longestValue);
    expect(record?.valueBytes).toBe(longestValue + 5);
    expect(record?.headers.map(([name, value]) => [name, Buffer.from(value).toString()])).toEqual([
      ['reason', 'corked'],
    ]);
  });

  test('leave no group behind', async () => {
    const { client, tails } = await tailsForTest();
    await createTopic(client, 'wines');
    await tails.latest('wines', 1);
    await tails.close();
    const { groups } = await (await client.admin()).listGroups();
    expect(groups).toEqual([]);
  });
});
