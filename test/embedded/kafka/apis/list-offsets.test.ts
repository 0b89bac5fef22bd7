import { expect, test } from 'vitest';
import { brokerForTest, createTopic, kafkaOf, producerOf } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test('timestamps with a meaning of their own mean it from their versions on', async () => {
  const broker = await brokerForTest();
  const kafka = kafkaOf(broker);
  await createTopic(kafka, 'wines');
  const messages = [1000, 3000, 2000].map((time) => ({ value: 'x', timestamp: String(time) }));
  await (await producerOf(kafka)).send({ topic: 'wines', messages });
  const client = await wireClient(broker);
  const find = async (timestamp: number, version: number) => {
    const topics = [{ name: 'wines', partitions: [{ partitionIndex: 0, timestamp }] }];
    const answer = await client.request('ListOffsets', version, { replicaId: -1, isolationLevel: 0, topics });
    const { errorCode, offset } = answer.topics[0].partitions[0];
    return errorCode === 0 ? offset : `error ${errorCode}`;
  };

  expect([await find(-2, 1), await find(-1, 1), await find(1500, 1)]).toEqual([0, 3, 1]);
  const cases = [
    { timestamp: -3, first: 7, offset: 1 },
    { timestamp: -4, first: 8, offset: 0 },
    { timestamp: -5, first: 9, offset: -1 },
    { timestamp: -6, first: 11, offset: -1 },
  ];
  for (const { timestamp, first, offset } of cases) {
    expect([await find(timestamp, first - 1), await find(timestamp, first)]).toEqual(['error 35', offset]);
  }
  expect(await find(-7, 11)).toBe('error 35');
});
