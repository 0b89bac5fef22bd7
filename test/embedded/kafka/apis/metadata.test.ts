import { expect, test } from 'vitest';
import { brokerForTest, createTopic, kafkaOf } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test.for([null, ''])('topics are found by id when their name is %j', async (name) => {
  const broker = await brokerForTest();
  await createTopic(kafkaOf(broker), 'wines');
  const client = await wireClient(broker);
  const { topicId } = (await client.request('Metadata', 12, { topics: null })).topics[0];

  const { topics } = await client.request('Metadata', 12, { topics: [{ name, topicId }] });

  expect(topics).toMatchObject([{ errorCode: 0, name: 'wines', topicId }]);
});

test('an unknown id is said to be unknown', async () => {
  const client = await wireClient(await brokerForTest());
  const { topics } = await client.request('Metadata', 12, { topics: [{ name: null, topicId: 'ab'.repeat(16) }] });
  expect(topics).toMatchObject([{ errorCode: 100, name: null, topicId: 'ab'.repeat(16) }]);
});

test('ids are refused in the versions that only have a place for them', async () => {
  const client = await wireClient(await brokerForTest());
  const { topics } = await client.request('Metadata', 10, { topics: [{ name: null, topicId: 'ab'.repeat(16) }] });
  expect(topics).toMatchObject([{ errorCode: 42, name: '' }]);
});
