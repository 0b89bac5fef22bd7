import { describe, expect, onTestFinished, test } from 'vitest';
import { classifyKafkaError, isConnectionFailure } from '../../../src/runtime/kafka/errors.ts';
import { describeTransaction, type InnerBroker, innerCluster } from '../../../src/runtime/kafka/inner-requests.ts';
import { openTransactions } from '../../../src/runtime/kafka/producer.ts';
import { peersFolder, startApacheKafka } from '../../helpers/apache-kafka.ts';
import { eventually } from '../../helpers/eventually.ts';
import { endingsAt, hangs, producerIdOf } from '../../helpers/runtime/hanging.ts';
import {
  brokerForTest,
  clientOf,
  committedOffset,
  createTopic,
  readAll,
  type TestClient,
  textOf,
} from '../../helpers/runtime/kafka.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const id = 'writer';
const wines = (...all: string[]) => [{ topic: 'wines', messages: all.map((value) => ({ value })) }];

async function takeOver(client: TestClient): Promise<void> {
  await (await openTransactions(client, id, 'g')).close();
}

const warnings = ({ log }: TestClient) =>
  log.filter(({ level, message }) => level !== 'debug' && message.includes('hanging'));

/** The embedded broker does not let a transaction hang: it answers here as if it had. */
describe('a transaction that Kafka left hanging', () => {
  async function scene() {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    await createTopic(client, 'wines');
    return { broker, client, ended: endingsAt(broker) };
  }

  test('is committed by who takes the id over, where the coordinator had committed it', async () => {
    const { broker, client, ended } = await scene();
    const older = await openTransactions(client, id);
    await older.commit(wines('a'));
    await older.close();
    hangs(broker, 'wines', await producerIdOf(client, id));

    await takeOver(client);

    expect(ended).toEqual([
      { committed: true, topics: ['wines'] },
      { committed: true, topics: ['wines'] },
    ]);
    expect(await endOf(client)).toBe('3');
    expect(warnings(client)).toMatchObject([
      {
        level: 'warn',
        message: expect.stringMatching(/writer hanging.* wines-0 from offset 0 .*: it is committed now/),
      },
    ]);
  });

  test('is aborted where the coordinator had aborted it', async () => {
    const { broker, client, ended } = await scene();
    const older = client.producer({ transactionalId: id });
    await older.connect();
    const transaction = await older.transaction();
    await transaction.sendBatch({ topicMessages: wines('a') });
    await transaction.abort();
    await older.disconnect();
    hangs(broker, 'wines', await producerIdOf(client, id));

    await takeOver(client);

    expect(ended.at(-1)).toEqual({ committed: false, topics: ['wines'] });
    expect(warnings(client)).toMatchObject([{ message: expect.stringContaining('it is aborted now') }]);
  });

  test('is aborted where a later one of the id is open, which is aborted by the takeover', async () => {
    const { broker, client, ended } = await scene();
    await createTopic(client, 'beers');
    const older = client.producer({ transactionalId: id });
    await older.connect();
    onTestFinished(() => older.disconnect());
    await (await older.transaction()).sendBatch({ topicMessages: wines('open') });
    hangs(broker, 'beers', await producerIdOf(client, id));

    await takeOver(client);

    expect(ended).toEqual([{ committed: false, topics: ['wines', 'beers'] }]);
    expect(warnings(client)).toMatchObject([{ message: expect.stringMatching(/beers-0 .*: it is aborted now/) }]);
    expect(await readAll(client, 'wines')).toEqual([]);
  });

  test('of another id is left alone, and so is one that is open', async () => {
    const { client, ended } = await scene();
    const other = client.producer({ transactionalId: 'other' });
    await other.connect();
    onTestFinished(() => other.disconnect());
    const open = await other.transaction();
    await open.sendBatch({ topicMessages: wines('open') });

    await takeOver(client);
    await takeOver(client);

    expect(ended).toEqual([]);
    await open.commit();
    expect((await readAll(client, 'wines')).map(({ value }) => textOf(value))).toEqual(['open']);
    expect(warnings(client)).toEqual([]);
  });

  test('and cannot be ended is reported with the place, the producer and the way out', async () => {
    const { broker, client } = await scene();
    const older = await openTransactions(client, id);
    await older.commit(wines('a'));
    await older.close();
    hangs(broker, 'wines', await producerIdOf(client, id));
    broker.hooks.fail({ api: 'AddPartitionsToTxn', error: 'TOPIC_AUTHORIZATION_FAILED' });

    const newer = await openTransactions(client, id);
    await newer.commit(wines('b'));
    await newer.close();

    expect(warnings(client)).toMatchObject([
      {
        level: 'error',
        message: expect.stringMatching(
          /writer \(producer id \d+\) hanging.*Not authorized.*wines-0 from offset 0 .*kafka-transactions\.sh .*abort --topic wines --partition 0 --start-offset 0/,
        ),
      },
    ]);
  });

  test('is looked for again when a broker goes away in the middle: nothing is wrong with who asks', async () => {
    const { broker, client } = await scene();
    const older = await openTransactions(client, id);
    await older.commit(wines('a'));
    await older.close();
    let described = false;
    let cuts = 0;
    broker.hooks.watch({
      arrived({ api }) {
        described ||= api === 'DescribeTransactions';
        return described && api === 'Metadata' && cuts++ === 0 ? { kind: 'cut', when: 'before' } : undefined;
      },
    });

    const failure = await openTransactions(client, id).catch((error: unknown) => error);

    expect(cuts).toBe(1);
    expect([classifyKafkaError(failure), isConnectionFailure(failure)]).toEqual(['retriable', true]);
    await takeOver(client);
  });

  test('is not looked for where Kafka cannot describe transactions', async () => {
    const { broker, client } = await scene();
    const described: string[] = [];
    broker.hooks.watch({
      done({ api }, answer) {
        if (api !== 'ApiVersions') return;
        const served = answer as { apiKeys: { readonly apiKey: number }[] };
        served.apiKeys = served.apiKeys.filter(({ apiKey }) => apiKey < 60);
      },
      arrived({ api }) {
        if (api.startsWith('Describe')) described.push(api);
        return undefined;
      },
    });
    const fresh = clientOf(broker);

    const producer = await openTransactions(fresh, id);
    await producer.commit(wines('a'));
    await producer.close();

    expect(described).toEqual([]);
    expect((await readAll(client, 'wines')).map(({ value }) => textOf(value))).toEqual(['a']);
  });
});

const peers = peersFolder();
describe.skipIf(peers === undefined)('with Apache Kafka (skipped without CAVES_PEERS)', { timeout: 120_000 }, () => {
  test('the records and the group offset of a transaction that hangs are there after the id was taken over', async () => {
    // Without it Kafka takes records of a transaction that it knows nothing of: they hang from the first moment.
    const trusting = { 'transaction.partition.verification.enable': 'false' };
    const kafka = await startApacheKafka(peers ?? '', tempFolder(), trusting);
    onTestFinished(() => kafka.stop());
    const client = clientOf({ host: '127.0.0.1', port: kafka.port });
    await createTopic(client, 'wines');
    // The group's coordinator has just been made, and may not be there yet.
    await eventually(
      async () => {
        const older = await openTransactions(client, id);
        onTestFinished(() => older.close());
        await older.commit(wines('a'), { groupId: 'g', offsets: [{ topic: 'wines', partition: 0, next: 1n }] });
      },
      { timeout: 60_000 },
    );
    await writeBesideTheTransaction(client, 'b', 2);

    await takeOver(client);

    expect((await readAll(client, 'wines')).map(({ value }) => textOf(value))).toEqual(['a', 'b']);
    await eventually(async () => expect(await committedOffset(client, 'g', 'wines')).toBe(2n));
    expect(warnings(client)).toMatchObject([
      {
        message: expect.stringMatching(
          /__consumer_offsets-\d.*wines-0 .*committed now|wines-0 .*__consumer_offsets-\d/,
        ),
      },
    ]);
    await takeOver(client);
    expect(warnings(client)).toHaveLength(1);
  });
});

async function endOf(client: TestClient): Promise<string | undefined> {
  const [partition] = await (await client.admin()).fetchTopicOffsets('wines');
  return partition?.high;
}

/** A record and a group offset of the id's producer, which its coordinator hears nothing of. */
async function writeBesideTheTransaction(client: TestClient, value: string, offset: number): Promise<void> {
  type Unsupervised = InnerBroker & Record<'produce' | 'txnOffsetCommit', (request: object) => Promise<unknown>>;
  const cluster = innerCluster(client.kafka);
  if (cluster === undefined) throw new Error('kafkajs has changed');
  await cluster.connect();
  try {
    const coordinatorOf = async (groupId: string, coordinatorType: number) =>
      (await cluster.findGroupCoordinator({ groupId, coordinatorType })) as Unsupervised;
    const coordinator = await coordinatorOf(id, 1);
    const { producerId, producerEpoch } = await describeTransaction(coordinator, id);
    const who = { transactionalId: id, producerId, producerEpoch };
    await coordinator.produce({
      ...who,
      acks: -1,
      timeout: 10_000,
      topicData: [{ topic: 'wines', partitions: [{ partition: 0, firstSequence: 1, messages: [{ value }] }] }],
    });
    await (await coordinatorOf('g', 0)).txnOffsetCommit({
      ...who,
      groupId: 'g',
      topics: [{ topic: 'wines', partitions: [{ partition: 0, offset }] }],
    });
  } finally {
    await cluster.disconnect();
  }
}
