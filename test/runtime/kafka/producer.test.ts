import { describe, expect, onTestFinished, test } from 'vitest';
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import { classifyKafkaError } from '../../../src/runtime/kafka/errors.ts';
import { openTransactions, RefusedMessagesError } from '../../../src/runtime/kafka/producer.ts';
import {
  brokerForTest,
  clientOf,
  committedOffset,
  createTopic,
  readAll,
  type TestClient,
  textOf,
} from '../../helpers/runtime/kafka.ts';

async function scene(): Promise<{ readonly broker: Broker; readonly client: TestClient }> {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines');
  return { broker, client };
}

async function open(client: TestClient, id = 'writer') {
  const producer = await openTransactions(client, id);
  onTestFinished(() => producer.close());
  return producer;
}

const values = async (client: TestClient, topic = 'wines') =>
  (await readAll(client, topic)).map(({ value }) => textOf(value));

const wines = (...all: string[]) => [{ topic: 'wines', messages: all.map((value) => ({ value })) }];

describe('transactions', () => {
  test('make messages and offsets visible together', async () => {
    const { client } = await scene();
    const producer = await open(client);

    await producer.commit(wines('a', 'b'), { groupId: 'g', offsets: [{ topic: 'wines', partition: 0, next: 2n }] });
    await producer.commit(wines('c'));
    await producer.commit([], { groupId: 'g', offsets: [{ topic: 'wines', partition: 0, next: 3n }] });

    expect(await values(client)).toEqual(['a', 'b', 'c']);
    expect(await committedOffset(client, 'g', 'wines')).toBe(3n);
  });

  test('are fenced by whoever opens the same id later', async () => {
    const { client } = await scene();
    const older = await open(client);
    await older.commit(wines('a'));
    const newer = await open(clientOf({ ...(await addressOf(client)) }));

    const outcome = await older.commit(wines('from the older')).catch((error: unknown) => error);
    await newer.commit(wines('b'));

    expect(classifyKafkaError(outcome)).toBe('fenced');
    expect(await values(client)).toEqual(['a', 'b']);
  });

  test('end the open transaction of an older owner', async () => {
    const { client } = await scene();
    const older = client.producer({ transactionalId: 'writer' });
    await older.connect();
    onTestFinished(() => older.disconnect());
    const transaction = await older.transaction();
    await transaction.send({ topic: 'wines', messages: [{ value: 'half' }] });

    await (await open(client)).commit(wines('whole'));

    expect(await values(client)).toEqual(['whole']);
    await expect(transaction.commit()).rejects.toThrow();
  });

  test('leave nothing when they fail in the middle', async () => {
    const { broker, client } = await scene();
    await createTopic(client, 'other');
    const producer = await open(client);
    broker.hooks.fail({ api: 'Produce', topic: 'other', error: 'TOPIC_AUTHORIZATION_FAILED' });

    const outcome = await producer
      .commit([...wines('a'), { topic: 'other', messages: [{ value: 'b' }] }])
      .catch((error: unknown) => error);

    expect(classifyKafkaError(outcome)).toBe('fatal');
    expect(await values(client)).toEqual([]);
    await (await open(client)).commit(wines('next'));
    expect(await values(client)).toEqual(['next']);
  });

  test('take more than Kafka takes in one request, in order and all or nothing', async () => {
    const { client } = await scene();
    const producer = await open(client);
    const many = Array.from({ length: 40 }, (_, n) => `${n}-${'x'.repeat(100_000)}`);

    await producer.commit(wines(...many));

    expect(await values(client)).toEqual(many);
  });

  test('say which message Kafka will never take', async () => {
    const { client } = await scene();
    const producer = await open(client);
    const huge = { value: 'x'.repeat(2_000_000) };

    const outcome = await producer
      .commit([{ topic: 'wines', messages: [{ value: 'a' }, huge, { value: 'b' }] }])
      .catch((error: unknown) => error);

    expect(outcome).toBeInstanceOf(RefusedMessagesError);
    expect((outcome as RefusedMessagesError).refused.map(({ message }) => message)).toEqual([huge]);
    expect((outcome as Error).message).toMatch(
      /^Kafka refused a record for wines: .* It has 2\d{6} bytes; max\.message\.bytes/,
    );
    await producer.commit(wines('c'));
    expect(await values(client)).toEqual(['c']);
  });

  test('find every message that Kafka will never take among thousands, with few requests', async () => {
    const { broker, client } = await scene();
    await createTopic(client, 'cellars', 3);
    const producer = await open(client);
    const timestamp = String(Date.now() + 24 * 3_600_000);
    const [first, second] = [
      { value: 'tomorrow', timestamp },
      { value: 'tomorrow as well', timestamp },
    ];
    const numbers = Array.from({ length: 3000 }, (_, n) => ({ key: `${n}`, value: `${n}` }));
    const messages = [...numbers.slice(0, 1000), first, ...numbers.slice(1000, 2000), second, ...numbers.slice(2000)];
    let requests = 0;
    broker.hooks.watch({
      done({ api }) {
        if (api === 'Produce') requests++;
      },
    });

    const outcome = await producer.commit([{ topic: 'cellars', messages }]).catch((error: unknown) => error);

    // They have no key, so that which partition each goes to, and is refused from, is chance.
    expect(new Set((outcome as RefusedMessagesError).refused.map(({ message }) => message))).toEqual(
      new Set([first, second]),
    );
    expect((outcome as Error).message).toMatch(
      /Its time stamp is .*message\.timestamp\.after\.max\.ms.* \(and 1 more\)$/,
    );
    expect(requests).toBeLessThan(80);
    requests = 0;
    await producer.commit([{ topic: 'cellars', messages: numbers }]);
    expect(requests).toBe(1);
    const there = await readAll(client, 'cellars');
    expect(there.map(({ value }) => Number(textOf(value))).toSorted((a, b) => a - b)).toEqual([...numbers.keys()]);
  });

  test('do not look for all where Kafka takes none', async () => {
    const { client } = await scene();
    const producer = await open(client);
    const timestamp = String(Date.now() + 24 * 3_600_000);
    const messages = Array.from({ length: 1000 }, (_, n) => ({ value: `${n}`, timestamp }));

    const outcome = await producer.commit([{ topic: 'wines', messages }]).catch((error: unknown) => error);

    expect((outcome as RefusedMessagesError).refused.map(({ message }) => message)).toEqual(messages.slice(0, 100));
    await producer.commit(wines('a'));
    expect(await values(client)).toEqual(['a']);
  });

  test('keep nothing of one partition twice because another one refused its records', async () => {
    const { client } = await scene();
    await createTopic(client, 'cellars', 2);
    const producer = await open(client);
    const good = Array.from({ length: 10 }, (_, n) => ({ partition: 0, value: `${n}` }));
    const huge = { partition: 1, value: 'x'.repeat(2_000_000) };

    const outcome = await producer
      .commit([{ topic: 'cellars', messages: [...good, huge] }])
      .catch((error: unknown) => error);
    await producer.commit([{ topic: 'cellars', messages: good }]);

    expect((outcome as RefusedMessagesError).refused.map(({ message }) => message)).toEqual([huge]);
    expect(await values(client, 'cellars')).toEqual(good.map(({ value }) => value));
  });

  test('say where a record should go that names a partition that is not there', async () => {
    const { client } = await scene();
    const producer = await open(client);

    const outcome = await producer
      .commit([{ topic: 'wines', messages: [{ partition: 3, value: 'lost' }] }])
      .catch((error: unknown) => error);

    expect((outcome as Error).message).toBe('A record names partition 3 of wines, which has 1 (0 to 0)');
    expect(classifyKafkaError(outcome)).toBe('fatal');
  });

  test('find their way with a topic that takes less than others', async () => {
    const { client } = await scene();
    await (await client.admin()).createTopics({
      topics: [{ topic: 'small', configEntries: [{ name: 'max.message.bytes', value: '5000' }] }],
    });
    const producer = await open(client);
    const many = Array.from({ length: 50 }, (_, n) => `${n}-${'x'.repeat(1_000)}`);

    await producer.commit([{ topic: 'small', messages: many.map((value) => ({ value })) }]);

    expect(await values(client, 'small')).toEqual(many);
  });

  test('do not open while Kafka is away, and say that it is worth another try', async () => {
    const broker = await brokerForTest();
    const client = clientOf(broker);
    await broker.close();

    const outcome = await openTransactions(client, 'writer').catch((error: unknown) => error);

    expect(classifyKafkaError(outcome)).toBe('retriable');
  });

  test('follow one another without a pause', async () => {
    const { client } = await scene();
    const producer = await open(client);

    for (let n = 0; n < 50; n++) {
      await producer.commit(wines(`${n}`), {
        groupId: 'g',
        offsets: [{ topic: 'wines', partition: 0, next: BigInt(n) }],
      });
    }

    expect(await values(client)).toHaveLength(50);
    expect(await committedOffset(client, 'g', 'wines')).toBe(49n);
  });
});

async function addressOf(client: TestClient): Promise<{ readonly host: string; readonly port: number }> {
  const { brokers } = await (await client.admin()).describeCluster();
  const [first] = brokers;
  if (first === undefined) throw new Error('no broker');
  return first;
}
