/** @platformatic/kafka, a client in JavaScript alone that speaks newer versions of the protocol than kafkajs. */
import {
  Admin,
  type CompressionAlgorithmValue,
  Consumer,
  type ConsumerOptions,
  FetchIsolationLevels,
  ListOffsetTimestamps,
  type Message,
  Producer,
  type ProducerOptions,
  stringDeserializers,
  stringSerializers,
} from '@platformatic/kafka';
import { expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../../src/embedded/kafka/index.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { brokerForTest } from '../clients.ts';

type Text = Message<string, string, string, string>;
type TextConsumer = Consumer<string, string, string, string>;

function address({ host, port }: Broker) {
  return { clientId: 'test', bootstrapBrokers: [`${host}:${port}`], retryDelay: 20 };
}

function adminOf(broker: Broker): Admin {
  const admin = new Admin(address(broker));
  onTestFinished(() => admin.close());
  return admin;
}

function producerOf(broker: Broker, options: Partial<ProducerOptions<string, string, string, string>> = {}) {
  const producer = new Producer({ ...address(broker), serializers: stringSerializers, ...options });
  onTestFinished(() => producer.close(true));
  return producer;
}

function consumerOf(
  broker: Broker,
  groupId: string,
  options: Partial<ConsumerOptions<string, string, string, string>> = {},
): TextConsumer {
  const consumer = new Consumer<string, string, string, string>({
    ...address(broker),
    groupId,
    deserializers: stringDeserializers,
    maxWaitTime: 50,
    heartbeatInterval: 100,
    autocommit: false,
    ...options,
  } as ConsumerOptions<string, string, string, string>);
  onTestFinished(() => consumer.close(true));
  return consumer;
}

/** What a consumer gets, from where its group was or else from the beginning. */
async function read(consumer: TextConsumer, topic: string) {
  const stream = await consumer.consume({ topics: [topic], mode: 'committed', fallbackMode: 'earliest' });
  const messages: Text[] = [];
  stream.on('data', (message: Text) => messages.push(message));
  return {
    messages,
    values: async (count: number): Promise<readonly string[]> => {
      await eventually(() => messages.length >= count);
      return messages.map(({ value }) => value);
    },
  };
}

test('creates, describes and deletes topics, and changes their configs', async () => {
  const admin = adminOf(await brokerForTest());
  const configs = [{ name: 'cleanup.policy', value: 'compact' }];

  const [created] = await admin.createTopics({ topics: ['wines'], partitions: 3, replicas: 1, configs });
  expect(created).toMatchObject({ name: 'wines', partitions: 3, replicas: 1 });
  expect(created?.configuration['cleanup.policy']).toBe('compact');
  expect((await admin.metadata({ topics: ['wines'] })).topics.get('wines')?.partitionsCount).toBe(3);
  await admin.createPartitions({ topics: [{ name: 'wines', count: 5, assignments: null }] });

  const resource = { resourceType: 2, resourceName: 'wines' } as const;
  await admin.incrementalAlterConfigs({
    resources: [{ ...resource, configs: [{ name: 'retention.ms', configOperation: 0, value: '60000' }] }],
  });
  const [described] = await admin.describeConfigs({ resources: [{ ...resource, configurationKeys: null }] });
  const values = new Map(described?.configs.map(({ name, value }) => [name, value]));
  expect(values.get('retention.ms')).toBe('60000');
  expect(values.get('cleanup.policy')).toBe('compact');

  await admin.deleteTopics({ topics: ['wines'] });
  expect(await admin.listTopics()).toEqual([]);
});

test.for<CompressionAlgorithmValue>(['none', 'gzip', 'snappy', 'lz4', 'zstd'])(
  'carries records with compression %s',
  async (compression) => {
    const broker = await brokerForTest({ autoCreateTopics: true });
    const messages = Array.from({ length: 100 }, (_, n) => ({
      topic: 'wines',
      key: `key ${n}`,
      value: `wine ${n}`.repeat(20),
      headers: new Map([['a', '1']]),
      timestamp: 1_700_000_000_000n + BigInt(n),
    }));
    await producerOf(broker, { compression, autocreateTopics: true }).send({ messages });

    const consuming = await read(consumerOf(broker, 'readers'), 'wines');

    expect(await consuming.values(100)).toEqual(messages.map(({ value }) => value));
    expect(consuming.messages.map(({ key }) => key)).toEqual(messages.map(({ key }) => key));
    expect(consuming.messages.map(({ timestamp }) => timestamp)).toEqual(messages.map(({ timestamp }) => timestamp));
    expect(consuming.messages[0]?.headers).toEqual(new Map([['a', '1']]));
    const partitions = [{ partitionIndex: 0, timestamp: 1_700_000_000_050n }];
    const [found] = await adminOf(broker).listOffsets({ topics: [{ name: 'wines', partitions }] });
    expect(found?.partitions[0]?.offset).toBe(50n);
  },
);

test('shares partitions between two members and resumes where they committed', async () => {
  const broker = await brokerForTest();
  const admin = adminOf(broker);
  await admin.createTopics({ topics: ['wines'], partitions: 4, replicas: 1 });
  const first = consumerOf(broker, 'readers');
  const second = consumerOf(broker, 'readers');
  const [one, two] = [await read(first, 'wines'), await read(second, 'wines')];
  const count = (consumer: TextConsumer) => consumer.assignments?.flatMap(({ partitions }) => partitions).length;
  await eventually(() => count(first) === 2 && count(second) === 2);

  const producer = producerOf(broker);
  const messages = Array.from({ length: 8 }, (_, n) => ({ topic: 'wines', partition: n % 4, value: `${n}` }));
  await producer.send({ messages });

  const values = [...(await one.values(4)), ...(await two.values(4))];
  // A fetch that was under way when partitions moved may bring some of theirs as well.
  expect(new Set(values)).toEqual(new Set(messages.map(({ value }) => value)));
  for (const message of [...one.messages, ...two.messages]) await message.commit();
  await first.close(true);
  await second.close(true);
  await producer.send({ messages: [{ topic: 'wines', partition: 0, value: 'news' }] });
  expect(await (await read(consumerOf(broker, 'readers'), 'wines')).values(1)).toEqual(['news']);
});

test('lists, describes and deletes groups, and moves and deletes their offsets', async () => {
  const broker = await brokerForTest();
  const admin = adminOf(broker);
  await admin.createTopics({ topics: ['wines'], partitions: 1, replicas: 1 });
  await producerOf(broker).send({ messages: [{ topic: 'wines', value: 'a' }] });
  const consumer = consumerOf(broker, 'readers');
  const consuming = await read(consumer, 'wines');
  await consuming.values(1);
  await consuming.messages[0]?.commit();

  expect((await admin.listGroups({ types: ['classic'] })).get('readers')?.state).toBe('Stable');
  const group = (await admin.describeGroups({ groups: ['readers'] })).get('readers');
  expect([...(group?.members.values() ?? [])].map(({ clientId }) => clientId)).toEqual(['test']);
  await consumer.close(true);

  const offset = async () => (await admin.listConsumerGroupOffsets({ groups: ['readers'] }))[0]?.topics;
  expect(await offset()).toMatchObject([{ name: 'wines', partitions: [{ committedOffset: 1n }] }]);
  const partitionOffsets = [{ partition: 0, offset: 0n }];
  await admin.alterConsumerGroupOffsets({ groupId: 'readers', topics: [{ name: 'wines', partitionOffsets }] });
  expect(await offset()).toMatchObject([{ name: 'wines', partitions: [{ committedOffset: 0n }] }]);
  await admin.deleteConsumerGroupOffsets({ groupId: 'readers', topics: [{ name: 'wines', partitionIndexes: [0] }] });
  expect(await offset()).toEqual([]);
});

test('finds offsets by time and deletes records', async () => {
  const broker = await brokerForTest();
  const admin = adminOf(broker);
  await admin.createTopics({ topics: ['wines'], partitions: 1, replicas: 1 });
  for (const timestamp of [1000n, 3000n, 2000n]) {
    await producerOf(broker).send({ messages: [{ topic: 'wines', value: 'x', timestamp }] });
  }
  const offsetOf = async (timestamp: bigint) => {
    const [topic] = await admin.listOffsets({
      topics: [{ name: 'wines', partitions: [{ partitionIndex: 0, timestamp }] }],
    });
    return topic?.partitions[0]?.offset;
  };

  expect(await offsetOf(ListOffsetTimestamps.EARLIEST)).toBe(0n);
  expect(await offsetOf(ListOffsetTimestamps.LATEST)).toBe(3n);
  expect(await offsetOf(ListOffsetTimestamps.MAX)).toBe(1n);
  expect(await offsetOf(1500n)).toBe(1n);
  await admin.deleteRecords({ topics: [{ name: 'wines', partitions: [{ partition: 0, offset: 2n }] }] });
  expect(await offsetOf(ListOffsetTimestamps.EARLIEST)).toBe(2n);
});

test('moves records and offsets in transactions, and hides aborted ones', async () => {
  const broker = await brokerForTest();
  await adminOf(broker).createTopics({ topics: ['source', 'target'], partitions: 1, replicas: 1 });
  await producerOf(broker).send({ messages: [{ topic: 'source', value: 'a' }] });
  const consumer = consumerOf(broker, 'movers');
  const consuming = await read(consumer, 'source');
  await consuming.values(1);
  const [message] = consuming.messages as [Text];
  const producer = producerOf(broker, { idempotent: true, transactionalId: 'mover' });
  const committedOffset = async () =>
    (await consumer.listCommittedOffsets({ topics: [{ topic: 'source', partitions: [0] }] })).get('source');

  for (const end of ['abort', 'commit'] as const) {
    const transaction = await producer.beginTransaction();
    await transaction.send({ messages: [{ topic: 'target', value: `${message.value} ${end}` }] });
    await transaction.addConsumer(consumer);
    await transaction.addOffset(message);
    await transaction[end]();
    expect(await committedOffset()).toEqual([end === 'commit' ? 1n : -1n]);
  }

  const committed = { isolationLevel: FetchIsolationLevels.READ_COMMITTED };
  expect(await (await read(consumerOf(broker, 'committed', committed), 'target')).values(1)).toEqual(['a commit']);
  const everything = { isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED };
  expect(await (await read(consumerOf(broker, 'all', everything), 'target')).values(2)).toEqual([
    'a abort',
    'a commit',
  ]);
});

test('hears that the group protocol of KIP-848 is not served', async () => {
  const broker = await brokerForTest({ autoCreateTopics: true });
  const consumer = consumerOf(broker, 'readers', { groupProtocol: 'consumer', retries: 0 });
  await expect(consumer.consume({ topics: ['wines'] })).rejects.toThrow();
});
