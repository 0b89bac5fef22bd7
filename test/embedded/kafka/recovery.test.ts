import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../../src/embedded/kafka/index.ts';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from './clients.ts';
import { newFolder } from './folders.ts';
import { recordBatch } from './record-batches.ts';
import { killBroker, spawnBroker } from './spawned-broker.ts';
import { wireClient } from './wire-client.ts';

/** Retries that outlast the restart of a broker on a busy machine. */
const patience = 100;
test('a transactional loop through many kills of the broker moves every record and its offset once', async () => {
  const [total, step] = [600, 10];
  const dataDir = newFolder();
  let broker = await spawnBroker(dataDir);
  const kafka = kafkaOf(broker, patience);
  await createTopic(kafka, 'moved');
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const committed = async (): Promise<number> => {
    const [topic] = await admin.fetchOffsets({ groupId: 'mover', topics: ['moved'] });
    return Math.max(0, Number(topic?.partitions[0]?.offset));
  };
  const newProducer = () => producerOf(kafka, { transactionalId: 'mover', idempotent: true, maxInFlightRequests: 1 });
  let producer = await newProducer();
  let restarting: Promise<void> | undefined;
  const restart = async (): Promise<void> => {
    await killBroker(broker);
    broker = await spawnBroker(dataDir, broker.port);
  };

  for (let attempt = 1; ; attempt++) {
    try {
      // The transaction in which the broker dies is stopped at whatever step it has reached.
      if (attempt % 20 === 0) restarting = restart();
      const offset = await committed();
      if (offset >= total) break;
      const transaction = await producer.transaction();
      const messages = Array.from({ length: step }, (_, i) => ({ value: String(offset + i) }));
      await transaction.send({ topic: 'moved', messages });
      const partitions = [{ partition: 0, offset: String(offset + step) }];
      await transaction.sendOffsets({ consumerGroupId: 'mover', topics: [{ topic: 'moved', partitions }] });
      await transaction.commit();
    } catch {
      await restarting;
      producer = await newProducer();
    }
    if (attempt % 20 === 0) await restarting;
  }

  const { until } = await consume(kafka, { groupId: 'readers', topic: 'moved' });
  expect(await until(total)).toEqual(Array.from({ length: total }, (_, i) => String(i)));
});

describe('a damaged journal', () => {
  test('is cut at the last whole entry, and the data of topics that it forgot is set aside', async () => {
    const dataDir = newFolder();
    const broker = await startBroker({ dataDir });
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'kept');
    const journal = path.join(dataDir, 'meta.journal');
    const kept = fs.statSync(journal).size;
    await createTopic(kafka, 'torn');
    await broker.close();
    fs.truncateSync(journal, kept + 5);

    const lines: string[] = [];
    const opened = await brokerForTest({ dataDir, log: (line) => lines.push(line) });

    const admin = kafkaOf(opened).admin();
    await admin.connect();
    expect(await admin.listTopics()).toEqual(['kept']);
    await admin.disconnect();
    const [topic = ''] = fs.readdirSync(path.join(dataDir, 'set-aside'));
    expect(lines).toEqual([
      `${journal}: cut 5 bytes at byte ${kept}, the end: no whole entry`,
      `Topic folder ${topic} is in no journal, which was damaged: it is in ${path.join(dataDir, 'set-aside', topic)}`,
    ]);
  });
});

describe('a folder', () => {
  test('in use is refused with the process that uses it', async () => {
    const dataDir = newFolder();
    await brokerForTest({ dataDir });
    await expect(startBroker({ dataDir })).rejects.toThrow(
      `${dataDir} is in use by the broker of process ${process.pid}: stop it, or choose another folder`,
    );
  });

  test('whose last broker was killed is free', async () => {
    const dataDir = newFolder();
    await killBroker(await spawnBroker(dataDir));
    await brokerForTest({ dataDir });
  });

  test('that cannot be made is refused with the reason', async () => {
    const file = path.join(newFolder(), 'a-file');
    fs.writeFileSync(file, '');
    await expect(startBroker({ dataDir: path.join(file, 'data') })).rejects.toMatchObject({
      error: 'KAFKA_STORAGE_ERROR',
      message: expect.stringMatching(/^Cannot use .*a-file.data for Kafka's data: a part of the path is a file/),
    });
  });
});

describe('a full disk', () => {
  test('answers KAFKA_STORAGE_ERROR, loses nothing that was acknowledged, and goes on when there is room', async () => {
    const dataDir = newFolder();
    const small = await spawnBroker(dataDir, 0, '256');
    const kafka = kafkaOf(small);
    await createTopic(kafka, 'wines');
    const client = await wireClient(small);
    const produce = async (value: string): Promise<number> => {
      const answer = await client.request('Produce', 7, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'wines', partitionData: [{ index: 0, records: [recordBatch([value])] }] }],
      });
      return answer.responses[0].partitionResponses[0].errorCode;
    };
    const large = 'x'.repeat(100_000);
    expect(await produce(large)).toBe(0);
    expect(await produce(large)).toBe(0);
    expect(await produce(large)).toBe(56);
    expect(await produce('small')).toBe(0);
    expect(small.lines[0]).toMatch(/^Cannot write .*\.log: /);
    await killBroker(small);

    const roomy = await brokerForTest({ dataDir });

    const { until } = await consume(kafkaOf(roomy), { groupId: 'readers', topic: 'wines' });
    expect((await until(3)).map((value) => value.length)).toEqual([100_000, 100_000, 5]);
  });
});
