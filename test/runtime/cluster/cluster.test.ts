import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { type Cluster, openCluster } from '../../../src/runtime/cluster/cluster.ts';
import {
  type Change,
  commitRecord,
  connectorRecord,
  targetStateRecord,
} from '../../../src/runtime/cluster/config-log.ts';
import { offsetsPartition, statusPartition } from '../../../src/runtime/cluster/topics.ts';
import { ConnectError } from '../../../src/runtime/errors.ts';
import { openTransactions } from '../../../src/runtime/kafka/producer.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { offsetKey } from '../../../src/runtime/records/offset-key.ts';
import { eventually } from '../../helpers/eventually.ts';
import { endingsAt, hangs, producerIdOf } from '../../helpers/runtime/hanging.ts';
import { brokerForTest, clientOf, produce, readAll, type TestClient, textOf } from '../../helpers/runtime/kafka.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const silent = createLogger(() => undefined, 'test');

interface Opened extends Cluster {
  readonly client: TestClient;
  /** The connectors that changed since the cluster was ready, in order. */
  readonly changes: readonly string[];
}

/** A member of the cluster `caves`, closed with the test. */
async function member(broker: Pick<Broker, 'host' | 'port'>): Promise<Opened> {
  const client = clientOf(broker);
  const changes: string[] = [];
  const cluster = openCluster({
    client,
    groupId: 'caves',
    replicationFactor: undefined,
    log: silent,
    onChange: (name) => changes.push(name),
    onLoggerLevel: () => undefined,
  });
  onTestFinished(() => cluster.close());
  await cluster.ready;
  return Object.defineProperties(cluster, { client: { value: client }, changes: { value: changes } }) as Opened;
}

/** Refuses a name that is there, as the worker does. */
const creation =
  (name: string, config = {}) =>
  (entries: ReadonlyMap<string, unknown>): readonly Change[] => {
    if (entries.has(name)) throw new ConnectError('ALREADY_EXISTS', `Connector ${name} already exists`);
    return [targetStateRecord(name, 'STARTED'), commitRecord(name, 1), connectorRecord(name, { ...config, name })];
  };

const wineKey = (partition: string) => offsetKey({ connector: 'wine', partition });

const keyed = async (client: TestClient, topic: string) =>
  (await readAll(client, topic))
    .map(({ key, value, partition }) => [textOf(key) ?? '', textOf(value), partition] as const)
    .filter(([key]) => !key.startsWith('barrier-'));

describe('the topics of a cluster', () => {
  test("are Kafka Connect's: compacted, with 1, 25 and 5 partitions", async () => {
    const { client } = await member(await brokerForTest());
    const admin = await client.admin();

    const { topics } = await admin.fetchTopicMetadata({ topics: ['caves-configs', 'caves-offsets', 'caves-status'] });

    expect(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual({
      'caves-configs': 1,
      'caves-offsets': 25,
      'caves-status': 5,
    });
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map(({ name }) => ({ type: 2, name, configNames: ['cleanup.policy'] })),
    });
    expect(resources.map(({ configEntries }) => configEntries[0]?.configValue)).toEqual(Array(3).fill('compact'));
  });

  test('are left as they are when they are there', async () => {
    const broker = await brokerForTest();
    const admin = await clientOf(broker).admin();
    await admin.createTopics({ topics: [{ topic: 'caves-configs', numPartitions: 1 }] });

    const { topics } = await member(broker);

    expect(await admin.listTopics()).toEqual(expect.arrayContaining(Object.values(topics)));
  });
});

describe('the configs topic', () => {
  test('is read to its end by a new worker although Kafka left a write to it hanging', async () => {
    const broker = await brokerForTest();
    const older = await member(broker);
    await older.configs.write(creation('wine'));
    await older.close();
    hangs(broker, 'caves-configs', await producerIdOf(older.client, 'caves-configs-writer'));
    const endings = endingsAt(broker);

    const { configs } = await member(broker);

    expect(endings).toEqual([{ committed: true, topics: ['caves-configs'] }]);
    expect([...configs.entries.keys()]).toEqual(['wine']);
  });

  test("holds Kafka Connect's records", async () => {
    const { client, configs } = await member(await brokerForTest());

    await configs.write(creation('wine', { topics: 'sales' }));
    await configs.write(() => [targetStateRecord('wine', 'STOPPED')]);
    await configs.write(() => [targetStateRecord('wine', 'PAUSED')]);
    await configs.write(() => [
      connectorRecord('wine', null),
      targetStateRecord('wine', null),
      commitRecord('wine', null),
    ]);

    expect(await keyed(client, 'caves-configs')).toEqual([
      ['target-state-wine', '{"state":"STARTED","state.v2":"STARTED"}', 0],
      ['commit-wine', '{"tasks":1}', 0],
      ['connector-wine', '{"properties":{"topics":"sales","name":"wine"}}', 0],
      ['target-state-wine', '{"state":"PAUSED","state.v2":"STOPPED"}', 0],
      ['target-state-wine', '{"state":"PAUSED","state.v2":"PAUSED"}', 0],
      ['connector-wine', null, 0],
      ['target-state-wine', null, 0],
      ['commit-wine', null, 0],
    ]);
    expect(configs.entries.size).toBe(0);
  });

  test("understands the records of Kafka Connect's own workers", async () => {
    const { client, configs, changes } = await member(await brokerForTest());

    await produce(client, 'caves-configs', [
      { key: 'target-state-old', value: '{"state":"PAUSED"}', partition: 0 },
      { key: 'connector-old', value: '{"properties":{"a":"b"}}', partition: 0 },
      { key: 'session-key', value: '{"key":"x"}', partition: 0 },
      { key: 'task-old-0', value: '{"properties":{}}', partition: 0 },
      { key: 'connector-torn', value: '{"proper', partition: 0 },
      { key: 'connector-last', value: '{"properties":{}}', partition: 0 },
    ]);
    await eventually(() => expect(configs.entries.has('last')).toBe(true));

    expect(Object.fromEntries(configs.entries)).toEqual({
      old: { config: { a: 'b' }, targetState: 'PAUSED', tasks: 0 },
      last: { config: {}, targetState: 'STARTED', tasks: 0 },
    });
    expect(new Set(changes)).toEqual(new Set(['old', 'torn', 'last']));
  });

  test('keeps names of any kind apart', async () => {
    const { configs } = await member(await brokerForTest());
    const names = ['target-state-x', 'a\nb', '__proto__', 'café ☕', 'connector-connector-y'];

    for (const name of names) await configs.write(creation(name));

    expect([...configs.entries.keys()]).toEqual(names);
  });

  test('gives a create to one of two that come at once, and says so to the other', async () => {
    const broker = await brokerForTest();
    const [one, two] = [await member(broker), await member(broker)];

    for (let round = 0; round < 5; round++) {
      const name = `wine-${round}`;
      const outcomes = await Promise.allSettled([
        one.configs.write(creation(name, { by: 'one' })),
        two.configs.write(creation(name, { by: 'two' })),
      ]);

      const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
      expect(refused.map(({ reason }) => reason.code)).toEqual(['ALREADY_EXISTS']);
      const winner = outcomes[0]?.status === 'fulfilled' ? 'one' : 'two';
      await eventually(() => expect(one.configs.entries.get(name)?.config['by']).toBe(winner));
      await eventually(() => expect(two.configs.entries.get(name)?.config['by']).toBe(winner));
    }
  });

  test('takes the writes of four that come at once, one after the other', async () => {
    const broker = await brokerForTest();
    const all = await Promise.all(Array.from({ length: 4 }, () => member(broker)));

    await Promise.all(all.map(({ configs }, n) => configs.write(creation(`wine-${n}`))));

    for (const { configs } of all) await eventually(() => expect(configs.entries.size).toBe(4));
  });

  test('is read to its end before anything is decided, also by the last one who wrote', async () => {
    const broker = await brokerForTest();
    const [one, two] = [await member(broker), await member(broker)];
    await one.configs.write(creation('wine'));
    for (let round = 0; round < 10; round++) {
      await two.configs.write(() => [connectorRecord('wine', null)]);
      // As far as the first one has read, the connector is still there.
      await one.configs.write(creation('wine', { round: String(round) }));

      expect(one.configs.entries.get('wine')?.config['round']).toBe(String(round));
    }
  });

  const lost = [
    ['InitProducerId', 'before'],
    ['InitProducerId', 'after'],
    ['AddPartitionsToTxn', 'after'],
    ['Produce', 'before'],
    ['Produce', 'after'],
    ['EndTxn', 'before'],
    ['EndTxn', 'after'],
  ] as const;
  test.for(lost)('takes a create once when the connection is cut at %s, %s the work', async ([api, when]) => {
    const broker = await brokerForTest();
    const { client, configs } = await member(broker);
    await configs.write(creation('earlier'));
    // Another writer in between, so that this one has to take the transactional id anew.
    await (await openTransactions(client, 'caves-configs-writer')).close();
    const hook = broker.hooks.cut({ api, when });

    await configs.write(creation('wine'));

    expect(hook.hits).toBe(1);
    const records = await keyed(client, 'caves-configs');
    expect(records.filter(([key]) => key === 'connector-wine')).toHaveLength(1);
  });

  test('does not take a write that was refused', async () => {
    const { client, configs } = await member(await brokerForTest());

    await expect(
      configs.write(() => {
        throw new ConnectError('NOT_FOUND', 'Connector wine not found');
      }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await configs.write(() => []);

    expect(await keyed(client, 'caves-configs')).toEqual([]);
  });
});

describe('the state', () => {
  test('is there again after a restart of all workers and of the broker', async () => {
    const dataDir = tempFolder();
    const broker = await brokerForTest({ dataDir });
    const first = await member(broker);
    await first.configs.write(creation('wine', { topics: 'sales' }));
    await first.configs.write(() => [targetStateRecord('wine', 'PAUSED')]);
    await first.close();
    await broker.close();

    const { configs } = await member(await brokerForTest({ dataDir }));

    expect(configs.entries.get('wine')).toEqual({
      config: { topics: 'sales', name: 'wine' },
      targetState: 'PAUSED',
      tasks: 1,
    });
  });

  test('does not go back in time when its reader is replaced', async () => {
    const dataDir = tempFolder();
    const broker = await brokerForTest({ dataDir });
    const { configs, changes } = await member(broker);
    for (let n = 0; n < 5; n++) await configs.write(() => [connectorRecord('wine', { n: String(n) })]);
    const before = changes.length;

    await broker.close();
    const again = await brokerForTest({ dataDir, port: broker.port });
    const other = await member(again);
    await other.configs.write(() => [connectorRecord('wine', { n: '5' })]);
    await eventually(() => expect(configs.entries.get('wine')?.config).toEqual({ n: '5' }));

    expect(changes.length).toBe(before + 1);
  });

  test('is not torn by an open transaction of another writer', async () => {
    const { client, configs } = await member(await brokerForTest());
    await configs.write(creation('wine'));
    const other = client.producer({ transactionalId: 'someone-else' });
    await other.connect();
    const transaction = await other.transaction();
    await transaction.send({
      topic: 'caves-configs',
      messages: [{ key: 'connector-half', value: '{"properties":{}}' }],
    });

    const written = configs.write(creation('cheese'));
    await transaction.abort();
    await written;

    expect([...configs.entries.keys()]).toEqual(['wine', 'cheese']);
    await other.disconnect();
  });
});

describe('source offsets', () => {
  test("have Kafka Connect's keys, all of a connector in one partition", async () => {
    const { client, committedOffsets } = await member(await brokerForTest());
    const partition = offsetsPartition('wine');
    const producer = await openTransactions(client, 'caves-wine-0');
    const message = (of: string, next: number) => ({ key: wineKey(of), value: JSON.stringify({ next }), partition });

    await producer.commit([{ topic: 'caves-offsets', messages: [message('a', 1), message('b', 2), message('a', 3)] }]);
    await producer.close();

    expect(Object.fromEntries(await committedOffsets('wine'))).toEqual({ a: { next: 3 }, b: { next: 2 } });
    expect((await committedOffsets('cheese')).size).toBe(0);
    expect(await keyed(client, 'caves-offsets')).toEqual([
      ['["wine",{"partition":"a"}]', '{"next":1}', partition],
      ['["wine",{"partition":"b"}]', '{"next":2}', partition],
      ['["wine",{"partition":"a"}]', '{"next":3}', partition],
    ]);
  });

  test('are those that are committed: an open transaction is waited for, an aborted one is not seen', async () => {
    const { client, committedOffsets } = await member(await brokerForTest());
    const partition = offsetsPartition('wine');
    const producer = client.producer({ transactionalId: 'caves-wine-0' });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({
      topic: 'caves-offsets',
      messages: [{ key: wineKey('a'), value: '{"next":7}', partition }],
    });

    // What a new owner does: its fencing ends the open transaction.
    const successor = await openTransactions(client, 'caves-wine-0');
    expect((await committedOffsets('wine')).size).toBe(0);

    await successor.close();
    await producer.disconnect();
  });

  test('are forgotten by a tombstone, and what is no offset is passed over', async () => {
    const { client, committedOffsets } = await member(await brokerForTest());
    const partition = offsetsPartition('wine');

    await produce(
      client,
      'caves-offsets',
      [
        { key: wineKey('a'), value: '{"next":1}' },
        { key: wineKey('b'), value: '{"next":2}' },
        { key: wineKey('a'), value: null },
        { key: '["wine"]', value: '{}' },
        { key: 'no json', value: '{}' },
      ].map((message) => ({ ...message, partition })),
    );

    expect(Object.fromEntries(await committedOffsets('wine'))).toEqual({ b: { next: 2 } });
  });
});

describe('the status topic', () => {
  test("holds Kafka Connect's records", async () => {
    const { client, statuses } = await member(await brokerForTest());
    const running = { state: 'RUNNING', worker_id: '10.0.0.1:8083', version: '1.0' } as const;

    statuses.connector('wine', running);
    statuses.task('wine', 0, { ...running, state: 'FAILED', trace: 'Error: torn' });
    statuses.task('wine', 1, null);

    const partition = statusPartition('wine');
    const state = '"worker_id":"10.0.0.1:8083","version":"1.0"';
    await eventually(async () => expect(await keyed(client, 'caves-status')).toHaveLength(3));
    expect(
      (await keyed(client, 'caves-status')).map(([key, value, at]) => [key, value && JSON.parse(value), at]),
    ).toEqual([
      ['status-connector-wine', JSON.parse(`{"state":"RUNNING","trace":null,${state},"generation":0}`), partition],
      ['status-task-wine-0', JSON.parse(`{"state":"FAILED","trace":"Error: torn",${state},"generation":0}`), partition],
      ['status-task-wine-1', null, partition],
    ]);
  });
});
