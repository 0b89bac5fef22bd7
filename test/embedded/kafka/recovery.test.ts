import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBroker } from '../../../src/embedded/kafka/index.ts';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from './clients.ts';
import { newFolder } from './folders.ts';
import { recordBatch } from './record-batches.ts';
import { wireClient } from './wire-client.ts';

/** Retries that outlast the restart of a broker on a busy machine. */
const patience = 100;
const script = path.join(import.meta.dirname, 'broker-process.ts');

/** Starts a broker in a process of its own; with a limit on the size of its files, in blocks of 1 KiB. */
async function spawnBroker(dataDir: string, port = 0, fileLimit = 'unlimited') {
  const command = `ulimit -f ${fileLimit}; exec "${process.execPath}" "${script}" "${dataDir}" ${port}`;
  const child: ChildProcess = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  child.stderr?.on('data', (chunk) => lines.push(...String(chunk).split('\n')));
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { child, lines, host: '127.0.0.1', port: Number(String(line)) };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const segmentOf = (dataDir: string): string => {
  const topics = path.join(dataDir, 'topics');
  const [topic = ''] = fs.readdirSync(topics);
  return path.join(topics, topic, '0', '00000000000000000000.log');
};

describe('after kill -9 in mid-flow', () => {
  test('everything acknowledged is there, in order and once', async () => {
    const dataDir = newFolder();
    const first = await spawnBroker(dataDir);
    const kafka = kafkaOf(first, patience);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { idempotent: true, maxInFlightRequests: 1 });
    let acknowledged = 0;
    const killed = Promise.withResolvers<void>();
    const sending = (async () => {
      for (let i = 0; i < 300; i++) {
        await producer.send({ topic: 'wines', messages: [{ value: String(i) }] });
        acknowledged++;
        if (acknowledged === 100) killed.resolve(kill(first.child));
      }
    })();
    await killed.promise;
    await spawnBroker(dataDir, first.port);
    await sending;

    const { until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });

    expect(await until(300)).toEqual(Array.from({ length: 300 }, (_, i) => String(i)));
  }, 60_000);
});

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
    await kill(broker.child);
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
}, 60_000);

describe('a torn end', () => {
  test('of a log is cut at the last whole batch, wherever it was torn, and said so', async () => {
    const dataDir = newFolder();
    const broker = await startBroker({ dataDir });
    await createTopic(kafkaOf(broker), 'wines');
    const client = await wireClient(broker);
    const produce = (value: string) =>
      client.request('Produce', 7, {
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'wines', partitionData: [{ index: 0, records: [recordBatch([value])] }] }],
      });
    await produce('kept');
    const kept = fs.statSync(segmentOf(dataDir)).size;
    await produce('torn');
    await broker.close();
    const whole = fs.readFileSync(segmentOf(dataDir));

    for (let length = kept + 1; length < whole.length; length++) {
      fs.writeFileSync(segmentOf(dataDir), whole.subarray(0, length));
      const lines: string[] = [];
      const opened = await startBroker({ dataDir, log: (line) => lines.push(line) });
      await opened.close();
      expect(lines).toEqual([`wines-0: cut ${length - kept} bytes after offset 1: no whole batch`]);
      expect(fs.statSync(segmentOf(dataDir)).size).toBe(kept);
    }
  });

  test('of a log with a wrong byte is cut as well', async () => {
    const dataDir = newFolder();
    const broker = await startBroker({ dataDir });
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    await (await producerOf(kafka)).send({ topic: 'wines', messages: [{ value: 'broken' }] });
    await broker.close();
    const bytes = fs.readFileSync(segmentOf(dataDir));
    bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1;
    fs.writeFileSync(segmentOf(dataDir), bytes);

    await brokerForTest({ dataDir });

    expect(fs.statSync(segmentOf(dataDir)).size).toBe(0);
  });

  test('of the journal is cut at the last whole entry', async () => {
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
    expect(lines).toEqual([`${journal}: cut 5 bytes at the end: no whole entry`]);
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
    const { child } = await spawnBroker(dataDir);
    await kill(child);
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
    await kill(small.child);

    const roomy = await brokerForTest({ dataDir });

    const { until } = await consume(kafkaOf(roomy), { groupId: 'readers', topic: 'wines' });
    expect((await until(3)).map((value) => value.length)).toEqual([100_000, 100_000, 5]);
  });
});
