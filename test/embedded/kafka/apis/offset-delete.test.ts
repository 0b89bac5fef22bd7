import { expect, test } from 'vitest';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from '../clients.ts';
import { type Answer, wireClient } from '../wire-client.ts';

const noMembers = { groupId: 'readers', generationIdOrMemberEpoch: -1, memberId: '' };

function offsetsOf(...topics: readonly string[]) {
  return topics.map((name) => ({
    name,
    partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
  }));
}

test('offsets go, but those of topics that members are subscribed to', async () => {
  const broker = await brokerForTest();
  const kafka = kafkaOf(broker);
  for (const topic of ['wines', 'beers']) await createTopic(kafka, topic);
  const client = await wireClient(broker);
  await client.request('OffsetCommit', 8, { ...noMembers, topics: offsetsOf('wines', 'beers') });
  await (await producerOf(kafka)).send({ topic: 'wines', messages: [{ value: 'a' }, { value: 'b' }] });
  const { consumer, until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });
  await until(1);
  const remove = async (...topics: readonly string[]): Promise<readonly number[]> => {
    const wanted = topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const answer = await client.request('OffsetDelete', 0, { groupId: 'readers', topics: wanted });
    return answer.topics.map((topic: Answer) => topic.partitions[0].errorCode);
  };
  const left = async (): Promise<readonly string[]> => {
    const answer = await client.request('OffsetFetch', 7, { groupId: 'readers', topics: null });
    return answer.topics.map(({ name }: Answer) => name);
  };

  expect(await remove('wines', 'beers')).toEqual([86, 0]);
  expect(await left()).toEqual(['wines']);
  await consumer.disconnect();
  expect(await remove('wines')).toEqual([0]);
  expect(await left()).toEqual([]);
});

test('offsets of a group whose members are no consumers stay', async () => {
  const broker = await brokerForTest();
  const client = await wireClient(broker);
  const join = { groupId: 'workers', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '' };
  const protocols = [{ name: 'connect', metadata: Buffer.alloc(0) }];
  const joined = await client.request('JoinGroup', 2, { ...join, protocolType: 'connect', protocols });
  const assignments = [{ memberId: joined.memberId, assignment: Buffer.alloc(0) }];
  const member = { groupId: 'workers', generationId: 1, memberId: joined.memberId };
  await client.request('SyncGroup', 2, { ...member, assignments });

  expect(await client.request('OffsetDelete', 0, { groupId: 'workers', topics: [] })).toMatchObject({ errorCode: 68 });
});

test('members whose subscription cannot be read are subscribed to nothing', async () => {
  const broker = await brokerForTest();
  await createTopic(kafkaOf(broker), 'wines');
  const client = await wireClient(broker);
  const join = { groupId: 'liars', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 10_000, memberId: '' };
  const protocols = [{ name: 'range', metadata: Buffer.from([1]) }];
  const joined = await client.request('JoinGroup', 2, { ...join, protocolType: 'consumer', protocols });
  const member = { groupId: 'liars', generationId: 1, memberId: joined.memberId };
  await client.request('SyncGroup', 2, { ...member, assignments: [] });
  const topics = [{ name: 'wines', partitions: [{ partitionIndex: 0 }] }];

  const answer = await client.request('OffsetDelete', 0, { groupId: 'liars', topics });

  expect(answer).toMatchObject({ errorCode: 0, topics: [{ partitions: [{ errorCode: 0 }] }] });
});
