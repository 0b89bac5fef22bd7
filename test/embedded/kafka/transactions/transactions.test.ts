import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Broker } from '../../../../src/embedded/kafka/index.ts';
import { brokerForTest, createTopic, kafkaOf, producerOf } from '../clients.ts';
import { newFolder } from '../folders.ts';
import { recordBatch } from '../record-batches.ts';
import { wireClient } from '../wire-client.ts';

const transactional = { transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true } as const;

/** Where readers of committed data stop. */
async function lastStableOffset(broker: Broker, topic: string): Promise<number> {
  const client = await wireClient(broker);
  const answer = await client.request('ListOffsets', 5, {
    replicaId: -1,
    isolationLevel: 1,
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
  });
  return answer.topics[0].partitions[0].offset;
}

describe('a producer whose transactional id is taken over', () => {
  test('cannot write, add partitions or commit, and what it left open is aborted', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    await createTopic(kafka, 'others');
    const zombie = await (await producerOf(kafka, transactional)).transaction();
    await zombie.send({ topic: 'wines', messages: [{ value: 'left open' }] });

    const heir = await (await producerOf(kafka, transactional)).transaction();

    const fenced = { type: 'INVALID_PRODUCER_EPOCH' };
    await expect(zombie.send({ topic: 'wines', messages: [{ value: 'late' }] })).rejects.toMatchObject(fenced);
    await expect(zombie.send({ topic: 'others', messages: [{ value: 'late' }] })).rejects.toMatchObject(fenced);
    await expect(zombie.commit()).rejects.toMatchObject(fenced);
    await heir.send({ topic: 'wines', messages: [{ value: 'good' }] });
    await heir.commit();
    // The zombie's record and its marker, the heir's record and its marker.
    expect(await lastStableOffset(broker, 'wines')).toBe(4);
    expect(await lastStableOffset(broker, 'others')).toBe(0);
  });
});

describe('a transaction that is not ended in time', () => {
  test('is aborted, counted from its begin, and its producer is fenced', async () => {
    const lines: string[] = [];
    const aborted = Promise.withResolvers<void>();
    const broker = await brokerForTest({
      log: (line) => {
        lines.push(line);
        aborted.resolve();
      },
    });
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { ...transactional, transactionTimeout: 300 });
    const transaction = await producer.transaction();
    await transaction.send({ topic: 'wines', messages: [{ value: 'slow' }] });

    await aborted.promise;

    expect(lines).toEqual(['Transaction of tx aborted: it did not end within its 300 ms']);
    await expect(transaction.commit()).rejects.toMatchObject({ type: 'INVALID_PRODUCER_EPOCH' });
    expect(await lastStableOffset(broker, 'wines')).toBe(2);
  });
});

describe('an open transaction', () => {
  test('holds back the last stable offset and makes its offsets unstable', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const transaction = await (await producerOf(kafka, transactional)).transaction();
    await transaction.send({ topic: 'wines', messages: [{ value: 'open' }] });
    await transaction.sendOffsets({
      consumerGroupId: 'source',
      topics: [{ topic: 'wines', partitions: [{ partition: 0, offset: '9' }] }],
    });
    await (await producerOf(kafka)).send({ topic: 'wines', messages: [{ value: 'behind it' }] });
    const client = await wireClient(broker);
    const offset = async () => {
      const answer = await client.request('OffsetFetch', 7, {
        groupId: 'source',
        topics: [{ name: 'wines', partitionIndexes: [0] }],
        requireStable: true,
      });
      return answer.topics[0].partitions[0];
    };

    expect(await lastStableOffset(broker, 'wines')).toBe(0);
    expect(await offset()).toMatchObject({ committedOffset: -1, errorCode: 88 });
    await transaction.commit();
    expect(await lastStableOffset(broker, 'wines')).toBe(3);
    expect(await offset()).toMatchObject({ committedOffset: 9, errorCode: 0 });
  });

  test('is still open after a restart of the broker, and can be committed', async () => {
    const dataDir = newFolder();
    const broker = await brokerForTest({ dataDir });
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const transaction = await (await producerOf(kafka, transactional)).transaction();
    await transaction.send({ topic: 'wines', messages: [{ value: 'open' }] });
    const { port } = broker;
    await broker.close();

    const restarted = await brokerForTest({ dataDir, port });

    expect(restarted.clusterId).toBe(broker.clusterId);
    expect(await lastStableOffset(restarted, 'wines')).toBe(0);
    await transaction.commit();
    expect(await lastStableOffset(restarted, 'wines')).toBe(2);
  });
});

test('a transaction that the journal lost with the power is aborted when the broker starts', async () => {
  const dataDir = newFolder();
  const broker = await brokerForTest({ dataDir });
  const kafka = kafkaOf(broker);
  await createTopic(kafka, 'wines');
  const journal = path.join(dataDir, 'meta.journal');
  const { size } = fs.statSync(journal);
  const transaction = await (await producerOf(kafka, transactional)).transaction();
  await transaction.send({ topic: 'wines', messages: [{ value: 'orphan' }] });
  await broker.close();
  fs.truncateSync(journal, size);

  const restarted = await brokerForTest({ dataDir });

  expect(await lastStableOffset(restarted, 'wines')).toBe(2);
});

describe('an idempotent producer', () => {
  const produce = { acks: -1, timeoutMs: 1000 };

  async function setUp() {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'wines');
    const client = await wireClient(broker);
    const send = async (batch: { readonly producerEpoch?: number; readonly baseSequence: number; count?: number }) => {
      const values = Array.from({ length: batch.count ?? 1 }, (_, i) => `${batch.baseSequence + i}`);
      const records = [recordBatch(values, { producerId: 5, ...batch })];
      const answer = await client.request('Produce', 9, {
        ...produce,
        topicData: [{ name: 'wines', partitionData: [{ index: 0, records }] }],
      });
      const { errorCode, baseOffset } = answer.responses[0].partitionResponses[0];
      return { errorCode, baseOffset };
    };
    return { send };
  }

  test('gets the first offset again for any of its last five batches', async () => {
    const { send } = await setUp();
    for (let sequence = 0; sequence < 10; sequence += 2) await send({ baseSequence: sequence, count: 2 });

    expect(await send({ baseSequence: 0, count: 2 })).toEqual({ errorCode: 0, baseOffset: 0 });
    expect(await send({ baseSequence: 8, count: 2 })).toEqual({ errorCode: 0, baseOffset: 8 });
    expect(await send({ baseSequence: 10 })).toEqual({ errorCode: 0, baseOffset: 10 });
  });

  test('is refused a gap with OUT_OF_ORDER_SEQUENCE_NUMBER and an old epoch with INVALID_PRODUCER_EPOCH', async () => {
    const { send } = await setUp();
    await send({ baseSequence: 0 });
    expect(await send({ baseSequence: 2 })).toMatchObject({ errorCode: 45 });
    expect(await send({ baseSequence: 0, producerEpoch: 3 })).toMatchObject({ errorCode: 0 });
    expect(await send({ baseSequence: 1, producerEpoch: 2 })).toMatchObject({ errorCode: 47 });
  });

  test('goes on at sequence 0 after 2^31 - 1', async () => {
    const { send } = await setUp();
    await send({ baseSequence: 2 ** 31 - 2, count: 4 });
    expect(await send({ baseSequence: 2 })).toMatchObject({ errorCode: 0, baseOffset: 4 });
    expect(await send({ baseSequence: 2 ** 31 - 2, count: 4 })).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });
});

describe('producer ids', () => {
  test('are never given out twice, also over a restart', async () => {
    const dataDir = newFolder();
    const take = async (broker: Broker): Promise<number> => {
      const client = await wireClient(broker);
      const answer = await client.request('InitProducerId', 4, { transactionalId: null, transactionTimeoutMs: 1000 });
      return answer.producerId;
    };
    const broker = await brokerForTest({ dataDir });
    const before = [await take(broker), await take(broker)];
    await broker.close();
    const restarted = await brokerForTest({ dataDir });
    const all = [...before, await take(restarted), await take(restarted)];
    expect(new Set(all).size).toBe(4);
  });

  test('of a new transactional id come to a client that names producer 0 and epoch 0 as well', async () => {
    const client = await wireClient(await brokerForTest());
    const answer = await client.request('InitProducerId', 4, {
      transactionalId: 'new',
      transactionTimeoutMs: 1000,
      producerId: 0,
      producerEpoch: 0,
    });
    expect(answer).toMatchObject({ errorCode: 0, producerEpoch: 0 });
  });
});
