import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Broker } from '../../../../src/embedded/kafka/index.ts';
import { memoryStorage } from '../../../../src/embedded/kafka/storage/memory.ts';
import { brokerForTest, createTopic, kafkaOf, producerOf } from '../clients.ts';
import { newFolder } from '../folders.ts';
import { wireClient } from '../wire-client.ts';
import { openBroker } from './transactions-subject.ts';

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

describe('a transaction that is not ended in time', () => {
  test('is aborted, and said so', async () => {
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
    expect(await lastStableOffset(broker, 'wines')).toBe(2);
  });
});

describe('an open transaction', () => {
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

  test('are changed when all epochs of one are used up, and its producer may come again then', () => {
    const broker = openBroker(memoryStorage());
    const { transactions } = broker;
    const nobody = { producerId: -1, producerEpoch: -1 };
    const init = (known: typeof nobody) => transactions.initProducer('tx', 1000, known);
    const first = init(nobody);
    let last = first;
    while (last.producerEpoch < 2 ** 15 - 2) last = init(nobody);
    expect(last.producerId).toBe(first.producerId);

    const next = init(last);

    expect(next).toMatchObject({ producerEpoch: 0 });
    expect(next.producerId).not.toBe(first.producerId);
    // It has lost the answer.
    expect(init(last)).toEqual(next);
    broker.close();
  });
});
