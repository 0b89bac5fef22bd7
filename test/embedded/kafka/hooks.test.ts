import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../../src/embedded/kafka/index.ts';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from './clients.ts';

describe('hooks', () => {
  test('cut a connection after the work, and an idempotent producer does not write twice', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { idempotent: true, maxInFlightRequests: 1 });
    await producer.send({ topic: 'wines', messages: [{ value: 'first' }] });
    const cut = broker.hooks.cut({ api: 'Produce', topic: 'wines', when: 'after' });

    await producer.send({ topic: 'wines', messages: [{ value: 'once' }] });
    await producer.send({ topic: 'wines', messages: [{ value: 'last' }] });

    expect(cut.hits).toBe(1);
    await cut.done;
    const { until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });
    expect(await until(3)).toEqual(['first', 'once', 'last']);
  });

  test('cut a commit after the work: the transaction is committed', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { transactionalId: 'tx', idempotent: true, maxInFlightRequests: 1 });
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'wines', messages: [{ value: 'committed' }] });
    broker.hooks.cut({ api: 'EndTxn', when: 'after' });

    await transaction.commit().catch(() => {});

    const { until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });
    expect(await until(1)).toEqual(['committed']);
  });

  test('cut a connection before the work: nothing was written until the client tries again', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka);
    const cut = broker.hooks.cut({ api: 'Produce', when: 'before', times: 2 });

    const [written] = await producer.send({ topic: 'wines', messages: [{ value: 'once' }] });

    expect(cut.hits).toBe(2);
    expect(written?.baseOffset).toBe('0');
  });

  test('refuse with an error by its name', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { retry: { retries: 0 } });
    broker.hooks.fail({ api: 'Produce', topic: 'wines', error: 'KAFKA_STORAGE_ERROR' });

    const send = () => producer.send({ topic: 'wines', messages: [{ value: 'x' }] });

    await expect(send()).rejects.toThrow('Disk error');
    await expect(send()).resolves.toHaveLength(1);
  });

  test('delay an answer', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka);
    broker.hooks.delay({ api: 'Produce', ms: 300 });
    const start = performance.now();
    await producer.send({ topic: 'wines', messages: [{ value: 'x' }] });
    expect(performance.now() - start).toBeGreaterThan(250);
  });

  test('catch only the topic that they name, until they are removed', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { retry: { retries: 0 } });
    const other = broker.hooks.fail({ api: 'Produce', topic: 'others', error: 'MESSAGE_TOO_LARGE' });
    const removed = broker.hooks.fail({ api: 'Produce', topic: 'wines', error: 'MESSAGE_TOO_LARGE' });
    removed.remove();

    await producer.send({ topic: 'wines', messages: [{ value: 'x' }] });

    expect([other.hits, removed.hits]).toEqual([0, 0]);
  });

  test('show a watcher every request before and after its work, and do what it says', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { retry: { retries: 0 } });
    const seen: string[] = [];
    const unwatch = broker.hooks.watch({
      arrived(request) {
        if (request.api !== 'Produce' || !request.names('wines')) return undefined;
        seen.push(`${request.clientId}: ${request.api}`);
        return seen.length === 1 ? { kind: 'fail', errorCode: errorCodes.MESSAGE_TOO_LARGE } : undefined;
      },
      done({ api }, answer) {
        if (api === 'Produce') seen.push(JSON.stringify(answer).includes('"errorCode":0') ? 'done' : 'refused');
      },
    });
    const send = () => producer.send({ topic: 'wines', messages: [{ value: 'x' }] });

    await expect(send()).rejects.toThrow('larger than the max');
    await send();
    unwatch();
    await send();

    expect(seen).toEqual(['test: Produce', 'test: Produce', 'done']);
  });

  test('for a request that does not exist are refused with the names that do', async () => {
    const broker = await brokerForTest();
    expect(() => broker.hooks.cut({ api: 'produce', when: 'after' })).toThrow(
      /No request is named produce\. There are: Produce, Fetch,/,
    );
  });
});
