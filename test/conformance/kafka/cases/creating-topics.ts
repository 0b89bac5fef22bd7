import { describe, expect, test } from 'vitest';
import { type Answer, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { errorName, newName } from '../names.ts';
import { newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';

interface WantedTopic {
  readonly name: string;
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly assignments?: ReadonlyArray<{ readonly partitionIndex: number; readonly brokerIds: readonly number[] }>;
  readonly configs?: ReadonlyArray<{ readonly name: string; readonly value: string | null }>;
}

const zeroUuid = '0'.repeat(32);

/** Creates topics; what was answered for each. */
async function create(subject: Subject, topics: readonly WantedTopic[], validateOnly = false): Promise<Answer[]> {
  const answer = await (await wireClient(subject)).request('CreateTopics', 7, {
    timeoutMs: 10_000,
    validateOnly,
    topics: topics.map((topic) => ({
      numPartitions: topic.assignments === undefined ? 1 : -1,
      replicationFactor: topic.assignments === undefined ? 1 : -1,
      assignments: [],
      configs: [],
      ...topic,
    })),
  });
  return topics.map(({ name }) => {
    const found = answer.topics.find((one: Answer) => one.name === name);
    return { ...found, error: errorName(found.errorCode) };
  });
}

async function describeTopic(subject: Subject, wanted: { readonly name?: string; readonly topicId?: string }) {
  const answer = await (await wireClient(subject)).request('Metadata', 12, {
    topics: [{ name: null, topicId: zeroUuid, ...wanted }],
    allowAutoTopicCreation: false,
  });
  const [topic] = answer.topics;
  return { ...topic, error: errorName(topic.errorCode) };
}

/** Topics are there once they are answered, at Apache Kafka a little later. */
const untilKnown = (subject: Subject, name: string): Promise<Answer> =>
  eventually(async () => {
    const topic = await describeTopic(subject, { name });
    expect(topic.error).toBe('NONE');
    return topic;
  });

export function creatingTopics(subject: Subject): void {
  describe('CreateTopics', () => {
    test('makes a topic with an id and as many partitions as were asked for', async () => {
      const name = newName('topic');
      const [created] = await create(subject, [{ name, numPartitions: 3 }]);
      expect(created).toMatchObject({ error: 'NONE', errorMessage: null, numPartitions: 3, replicationFactor: 1 });

      const topic = await untilKnown(subject, name);

      expect(topic).toMatchObject({ name, topicId: created.topicId, isInternal: false });
      expect(topic.topicId).not.toBe(zeroUuid);
      expect(topic.partitions.map((one: Answer) => one.partitionIndex).sort()).toEqual([0, 1, 2]);
      for (const partition of topic.partitions) {
        expect(partition).toMatchObject({ errorCode: 0, leaderId: 1, replicaNodes: [1], isrNodes: [1] });
      }
    });

    test('takes -1 for the broker’s own number of partitions and replicas', async () => {
      const [created] = await create(subject, [{ name: newName('topic'), numPartitions: -1, replicationFactor: -1 }]);
      expect(created).toMatchObject({ error: 'NONE', numPartitions: 1, replicationFactor: 1 });
    });

    test('takes an assignment in the place of numbers', async () => {
      const assignments = [0, 1].map((partitionIndex) => ({ partitionIndex, brokerIds: [1] }));
      const [created] = await create(subject, [{ name: newName('topic'), assignments }]);
      expect(created).toMatchObject({ error: 'NONE', numPartitions: 2 });
    });

    test('answers the settings of the topic, each with where it comes from', async () => {
      const configs = [{ name: 'cleanup.policy', value: 'compact' }];
      const [created] = await create(subject, [{ name: newName('topic'), configs }]);
      const found = (name: string) => created.configs.find((one: Answer) => one.name === name);
      expect(found('cleanup.policy')).toMatchObject({ value: 'compact', configSource: 1, isSensitive: false });
      expect(found('retention.ms')).toMatchObject({ value: '604800000', configSource: 5, readOnly: false });
    });

    test('refuses a topic that exists', async () => {
      const name = await newTopic(subject);
      const [again] = await create(subject, [{ name }]);
      expect(again).toMatchObject({ error: 'TOPIC_ALREADY_EXISTS', errorMessage: `Topic '${name}' already exists.` });
    });

    test.each<[string, Omit<WantedTopic, 'name'> & { readonly name?: string }, string]>([
      ['an empty name', { name: '' }, 'INVALID_TOPIC_EXCEPTION'],
      ['a name with a space', { name: 'a b' }, 'INVALID_TOPIC_EXCEPTION'],
      ['the name ..', { name: '..' }, 'INVALID_TOPIC_EXCEPTION'],
      ['a name of 250 characters', { name: 'a'.repeat(250) }, 'INVALID_TOPIC_EXCEPTION'],
      ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
      ['fewer partitions than none', { numPartitions: -2 }, 'INVALID_PARTITIONS'],
      ['more replicas than brokers', { replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
      ['no replicas', { replicationFactor: 0 }, 'INVALID_REPLICATION_FACTOR'],
      ['an unknown setting', { configs: [{ name: 'retention', value: '1' }] }, 'INVALID_CONFIG'],
      ['a wrong number', { configs: [{ name: 'retention.ms', value: 'long' }] }, 'INVALID_CONFIG'],
      ['a number too small', { configs: [{ name: 'retention.ms', value: '-2' }] }, 'INVALID_CONFIG'],
      ['a number too large', { configs: [{ name: 'segment.bytes', value: '2147483648' }] }, 'INVALID_CONFIG'],
      ['a wrong word', { configs: [{ name: 'cleanup.policy', value: 'keep' }] }, 'INVALID_CONFIG'],
      ['a setting without a value', { configs: [{ name: 'retention.ms', value: null }] }, 'INVALID_CONFIG'],
      [
        'partitions and an assignment',
        { numPartitions: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
        'INVALID_REQUEST',
      ],
      ['an unknown broker', { assignments: [{ partitionIndex: 0, brokerIds: [9] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [
        'a partition without a broker',
        { assignments: [{ partitionIndex: 0, brokerIds: [] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
      ['a broker twice', { assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] }, 'INVALID_REPLICA_ASSIGNMENT'],
      [
        'a gap in the partitions',
        { assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
        'INVALID_REPLICA_ASSIGNMENT',
      ],
    ])('refuses %s', async (_what, wanted, error) => {
      const name = wanted.name ?? newName('refused');
      const [refused] = await create(subject, [{ ...wanted, name }]);
      expect(refused.error).toBe(error);
      expect(refused.errorMessage).toEqual(expect.any(String));
    });

    test('refuses a name that differs from another’s only by dots and underscores', async () => {
      const name = newName('taken');
      await create(subject, [{ name: `${name}.x` }]);
      await untilKnown(subject, `${name}.x`);
      expect((await create(subject, [{ name: `${name}_x` }]))[0].error).toBe('INVALID_TOPIC_EXCEPTION');
    });

    test('refuses a topic that is named twice', async () => {
      const name = newName('twice');
      expect((await create(subject, [{ name }, { name }]))[0].error).toBe('INVALID_REQUEST');
    });

    test('makes the good topics of a request and refuses the bad ones', async () => {
      const name = newName('good');
      const answers = await create(subject, [{ name: 'a b' }, { name }]);
      expect(answers.map(({ error }) => error)).toEqual(['INVALID_TOPIC_EXCEPTION', 'NONE']);
      await untilKnown(subject, name);
    });

    test('makes nothing when it is only to validate', async () => {
      const name = newName('validated');
      const [valid] = await create(subject, [{ name, numPartitions: 2 }], true);
      expect(valid).toMatchObject({ error: 'NONE', numPartitions: 2 });
      expect((await create(subject, [{ name, numPartitions: 0 }], true))[0].error).toBe('INVALID_PARTITIONS');
      expect((await describeTopic(subject, { name })).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    });
  });

  describe('Metadata', () => {
    test('finds a topic by its id', async () => {
      const name = await newTopic(subject);
      const { topicId } = await describeTopic(subject, { name });
      expect(await describeTopic(subject, { topicId })).toMatchObject({ error: 'NONE', name });
    });

    test('knows no topic that was not made', async () => {
      expect((await describeTopic(subject, { name: newName('unknown') })).error).toBe('UNKNOWN_TOPIC_OR_PARTITION');
      expect((await describeTopic(subject, { name: 'a b' })).error).toBe('INVALID_TOPIC_EXCEPTION');
      expect((await describeTopic(subject, { topicId: 'f'.repeat(32) })).error).toBe('UNKNOWN_TOPIC_ID');
    });

    test('lists all topics for null, and none for an empty list', async () => {
      const name = await newTopic(subject);
      const client = await wireClient(subject);
      const all = await client.request('Metadata', 9, { topics: null });
      expect(all.topics.map((topic: Answer) => topic.name)).toContain(name);
      expect((await client.request('Metadata', 9, { topics: [] })).topics).toEqual([]);
    });

    test('names the broker that it was asked at, the controller and the cluster', async () => {
      const answer = await (await wireClient(subject)).request('Metadata', 9, { topics: [] });
      expect(answer.brokers).toEqual([{ nodeId: 1, host: subject.host, port: subject.port, rack: null }]);
      expect(answer).toMatchObject({ controllerId: 1, clusterId: expect.stringMatching(/^[\w-]{22}$/) });
    });
  });
}
