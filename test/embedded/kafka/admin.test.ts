import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from './clients.ts';
import { wireClient } from './wire-client.ts';

async function adminOf(broker: Broker): Promise<Admin> {
  const admin = kafkaOf(broker).admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  return admin;
}

async function configsOf(admin: Admin, topic: string): Promise<ReadonlyMap<string, string>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }],
  });
  return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
}

describe('topics', () => {
  test('are created, listed, described and deleted', async () => {
    const admin = await adminOf(await brokerForTest());

    expect(await admin.createTopics({ topics: [{ topic: 'a', numPartitions: 3 }, { topic: 'b' }] })).toBe(true);
    expect(await admin.createTopics({ topics: [{ topic: 'a' }] })).toBe(false);
    expect((await admin.listTopics()).sort()).toEqual(['a', 'b']);
    const { topics } = await admin.fetchTopicMetadata({ topics: ['a'] });
    expect(topics[0]?.partitions.map(({ leader }) => leader)).toEqual([1, 1, 1]);
    await admin.createPartitions({ topicPartitions: [{ topic: 'b', count: 4 }] });
    expect(await admin.fetchTopicOffsets('b')).toHaveLength(4);
    await admin.deleteTopics({ topics: ['a'] });
    expect(await admin.listTopics()).toEqual(['b']);
  });

  test.each([
    ['a name with a space', { topic: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
    ['the name ..', { topic: '..' }, 'INVALID_TOPIC_EXCEPTION'],
    ['no partitions', { topic: 'a', numPartitions: 0 }, 'INVALID_PARTITIONS'],
    ['more replicas than brokers', { topic: 'a', replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
    ['an unknown config', { topic: 'a', configEntries: [{ name: 'retention', value: '1' }] }, 'INVALID_CONFIG'],
    ['a wrong value', { topic: 'a', configEntries: [{ name: 'retention.ms', value: 'long' }] }, 'INVALID_CONFIG'],
    ['a wrong policy', { topic: 'a', configEntries: [{ name: 'cleanup.policy', value: 'x' }] }, 'INVALID_CONFIG'],
  ])('with %s are refused', async (_what, topic, type) => {
    const admin = await adminOf(await brokerForTest());
    await expect(admin.createTopics({ topics: [topic] })).rejects.toMatchObject({ errors: [{ type }] });
    expect(await admin.listTopics()).toEqual([]);
  });

  test('are unknown until they are created, unless the broker makes them for who asks', async () => {
    const strict = await adminOf(await brokerForTest());
    await expect(strict.fetchTopicMetadata({ topics: ['new'] })).rejects.toThrow('does not host');

    const kafka = kafkaOf(await brokerForTest({ autoCreateTopics: true, defaultPartitions: 2 }));
    const written = await (await producerOf(kafka)).send({ topic: 'new', messages: [{ value: 'x' }] });
    expect(written).toHaveLength(1);
  });

  test('are ready when their creation is answered', async () => {
    const broker = await brokerForTest();
    const client = await wireClient(broker);
    const answer = await client.request('CreateTopics', 7, {
      timeoutMs: 1000,
      validateOnly: false,
      topics: [{ name: 'a', numPartitions: -1, replicationFactor: -1, assignments: [], configs: [] }],
    });
    expect(answer.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 1, replicationFactor: 1 });
    // The Java admin client throws at a negative source.
    expect(answer.topics[0].configs.every((config: { configSource: number }) => config.configSource >= 0)).toBe(true);
    const { topics } = await client.request('Metadata', 12, {
      topics: [{ name: null, topicId: answer.topics[0].topicId }],
    });
    expect(topics[0]).toMatchObject({ errorCode: 0, name: 'a' });
  });
});

describe('configs of a topic', () => {
  test('are described with their defaults, and replaced as a whole', async () => {
    const admin = await adminOf(await brokerForTest());
    await admin.createTopics({
      topics: [{ topic: 'a', configEntries: [{ name: 'cleanup.policy', value: 'compact' }] }],
    });
    expect((await configsOf(admin, 'a')).get('cleanup.policy')).toBe('compact');
    expect((await configsOf(admin, 'a')).get('retention.ms')).toBe('604800000');

    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: ConfigResourceTypes.TOPIC, name: 'a', configEntries: [{ name: 'retention.ms', value: '60000' }] },
      ],
    });

    expect((await configsOf(admin, 'a')).get('retention.ms')).toBe('60000');
    expect((await configsOf(admin, 'a')).get('cleanup.policy')).toBe('delete');
  });

  test('are changed one by one by IncrementalAlterConfigs', async () => {
    const broker = await brokerForTest();
    const admin = await adminOf(broker);
    await admin.createTopics({ topics: [{ topic: 'a', configEntries: [{ name: 'retention.ms', value: '60000' }] }] });
    const client = await wireClient(broker);
    const alter = async (name: string, configOperation: number, value: string | null): Promise<number> => {
      const answer = await client.request('IncrementalAlterConfigs', 1, {
        validateOnly: false,
        resources: [{ resourceType: 2, resourceName: 'a', configs: [{ name, configOperation, value }] }],
      });
      return answer.responses[0].errorCode;
    };

    expect(await alter('cleanup.policy', 2, 'compact')).toBe(0);
    expect((await configsOf(admin, 'a')).get('cleanup.policy')).toBe('delete,compact');
    expect((await configsOf(admin, 'a')).get('retention.ms')).toBe('60000');
    expect(await alter('cleanup.policy', 3, 'delete')).toBe(0);
    expect((await configsOf(admin, 'a')).get('cleanup.policy')).toBe('compact');
    expect(await alter('retention.ms', 1, null)).toBe(0);
    expect((await configsOf(admin, 'a')).get('retention.ms')).toBe('604800000');
    expect(await alter('retention.ms', 2, '1')).toBe(40);
  });

  test('limit the size of a batch', async () => {
    const broker = await brokerForTest();
    const admin = await adminOf(broker);
    await admin.createTopics({
      topics: [{ topic: 'a', configEntries: [{ name: 'max.message.bytes', value: '500' }] }],
    });
    const producer = await producerOf(kafkaOf(broker), { retry: { retries: 0 } });
    const send = (size: number) => producer.send({ topic: 'a', messages: [{ value: 'x'.repeat(size) }] });
    await expect(send(1000)).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    await send(100);
  });

  test('make the broker set the time', async () => {
    const broker = await brokerForTest();
    const admin = await adminOf(broker);
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await admin.createTopics({ topics: [{ topic: 'a', configEntries }] });
    const before = Date.now();
    const producer = await producerOf(kafkaOf(broker));
    await producer.send({ topic: 'a', messages: [{ value: 'x', timestamp: '1000' }] });

    const client = await wireClient(broker);
    const answer = await client.request('ListOffsets', 7, {
      replicaId: -1,
      topics: [{ name: 'a', partitions: [{ partitionIndex: 0, timestamp: -3 }] }],
    });

    expect(answer.topics[0].partitions[0]).toMatchObject({ offset: 0 });
    expect(answer.topics[0].partitions[0].timestamp).toBeGreaterThanOrEqual(before);
  });
});

describe('records', () => {
  test('are found by their time, and deleted up to an offset', async () => {
    const broker = await brokerForTest();
    const admin = await adminOf(broker);
    await createTopic(kafkaOf(broker), 'a');
    const producer = await producerOf(kafkaOf(broker));
    for (const batch of [
      [1000, 2000],
      [3000, 4000],
    ]) {
      await producer.send({ topic: 'a', messages: batch.map((time) => ({ value: 'x', timestamp: String(time) })) });
    }
    const at = async (time: number) => (await admin.fetchTopicOffsetsByTimestamp('a', time))[0]?.offset;
    expect(await Promise.all([0, 1001, 2000, 2001, 4000, 4001].map(at))).toEqual(['0', '1', '1', '2', '3', '4']);

    await admin.fetchTopicMetadata({ topics: ['a'] });
    await admin.deleteTopicRecords({ topic: 'a', partitions: [{ partition: 0, offset: '3' }] });

    expect(await admin.fetchTopicOffsets('a')).toMatchObject([{ low: '3', high: '4' }]);
    expect(await at(0)).toBe('3');
    const { until, messages } = await consume(kafkaOf(broker), { groupId: 'g', topic: 'a' });
    await until(1);
    expect(messages[0]?.offset).toBe('3');
  });
});

describe('groups', () => {
  test('are listed, described and deleted once they are empty', async () => {
    const broker = await brokerForTest();
    const admin = await adminOf(broker);
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'a');
    await (await producerOf(kafka)).send({ topic: 'a', messages: [{ value: 'x' }] });
    const { consumer, until } = await consume(kafka, { groupId: 'readers', topic: 'a' });
    await until(1);

    expect((await admin.listGroups()).groups).toEqual([{ groupId: 'readers', protocolType: 'consumer' }]);
    const [group] = (await admin.describeGroups(['readers'])).groups;
    expect(group).toMatchObject({ state: 'Stable', protocol: 'RoundRobinAssigner', protocolType: 'consumer' });
    expect(group?.members).toMatchObject([{ clientId: 'test' }]);
    await expect(admin.deleteGroups(['readers'])).rejects.toMatchObject({ groups: [{ errorCode: 68 }] });

    await consumer.disconnect();
    await admin.deleteGroups(['readers']);
    expect((await admin.listGroups()).groups).toEqual([]);
    expect((await admin.fetchOffsets({ groupId: 'readers', topics: ['a'] }))[0]?.partitions[0]?.offset).toBe('-1');
  });

  test('lose the offsets of a topic that is deleted', async () => {
    const broker = await brokerForTest();
    const admin = await adminOf(broker);
    await createTopic(kafkaOf(broker), 'a');
    const client = await wireClient(broker);
    const commit = {
      groupId: 'g',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      topics: [{ name: 'a', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'm' }] }],
    };
    await client.request('OffsetCommit', 8, commit);
    const fetchAll = () => client.request('OffsetFetch', 8, { groups: [{ groupId: 'g', topics: null }] });
    expect((await fetchAll()).groups[0].topics[0].partitions[0]).toMatchObject({ committedOffset: 5, metadata: 'm' });

    await admin.deleteTopics({ topics: ['a'] });

    expect((await fetchAll()).groups[0].topics).toEqual([]);
  });

  test('lose the offset of one partition by OffsetDelete', async () => {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'a', 2);
    const client = await wireClient(broker);
    const partitions = [0, 1].map((partitionIndex) => ({
      partitionIndex,
      committedOffset: 5,
      committedMetadata: null,
    }));
    const topics = [{ name: 'a', partitions }];
    await client.request('OffsetCommit', 8, { groupId: 'g', generationIdOrMemberEpoch: -1, memberId: '', topics });

    await client.request('OffsetDelete', 0, {
      groupId: 'g',
      topics: [{ name: 'a', partitions: [{ partitionIndex: 0 }] }],
    });

    const answer = await client.request('OffsetFetch', 8, { groups: [{ groupId: 'g', topics: null }] });
    expect(answer.groups[0].topics[0].partitions).toMatchObject([{ partitionIndex: 1, committedOffset: 5 }]);
  });
});
