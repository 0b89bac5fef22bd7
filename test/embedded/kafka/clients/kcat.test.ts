/** kcat, librdkafka's command line tool (`apt-get install kcat`). */
import { execFile, spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Broker } from '../../../../src/embedded/kafka/index.ts';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from '../clients.ts';

const isMissing = spawnSync('kcat', ['-V']).error !== undefined;

/** Runs kcat on the broker with lines to produce; what it printed. */
function kcat(broker: Broker, args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile('kcat', ['-b', `${broker.host}:${broker.port}`, ...args], (error, stdout, stderr) => {
    if (error) reject(new Error(stderr));
    else resolve(stdout);
  });
  child.stdin?.end(input);
  return promise;
}

describe('kcat', () => {
  beforeEach(({ skip }) => skip(isMissing, 'there is no kcat'));

  test('lists the topics', async () => {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'wines', 2);

    const listing = await kcat(broker, ['-L']);

    expect(listing).toContain(`broker 1 at ${broker.host}:${broker.port} (controller)`);
    expect(listing).toContain('topic "wines" with 2 partitions:');
  });

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('produces and consumes with compression %s', async (codec) => {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'wines');
    const lines = Array.from({ length: 500 }, (_, i) => `wine ${i}`);

    await kcat(broker, ['-P', '-t', 'wines', '-z', codec, '-H', 'reason=test', '-K', ' '], lines.join('\n'));

    const read = await kcat(broker, ['-C', '-t', 'wines', '-e', '-q', '-f', '%o %k %s %h\n']);
    expect(read.trimEnd().split('\n')).toEqual(lines.map((line, i) => `${i} ${line} reason=test`));
  });

  test('reads the headers of what kafkajs produced', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka);
    await producer.send({ topic: 'wines', messages: [{ key: 'k', value: 'v', headers: { a: '1', b: ['2', '3'] } }] });

    expect(await kcat(broker, ['-C', '-t', 'wines', '-e', '-q', '-f', '%k=%s %h'])).toBe('k=v a=1,b=2,b=3');
  });

  test('produces in transactions with every compression', async () => {
    const broker = await brokerForTest({ autoCreateTopics: true });
    const committed = ['-C', '-e', '-q', '-X', 'isolation.level=read_committed', '-t'];
    const throughKcat = async (codec: string): Promise<string> => {
      await kcat(broker, ['-P', '-t', codec, '-z', codec, '-X', `transactional.id=${codec}`], 'one\ntwo');
      return kcat(broker, [...committed, codec]);
    };
    const read = await Promise.all(['none', 'gzip', 'snappy', 'lz4', 'zstd'].map(throughKcat));
    expect(new Set(read)).toEqual(new Set(['one\ntwo\n']));
  });

  test('produces in a transaction that kafkajs reads as committed', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');

    await kcat(broker, ['-P', '-t', 'wines', '-X', 'transactional.id=kcat'], 'one\ntwo');

    const { until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });
    expect(await until(2)).toEqual(['one', 'two']);
  });

  test('reads only what lies before an open transaction', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true });
    await kcat(broker, ['-P', '-t', 'wines'], 'before');
    const open = await producer.transaction();
    await open.send({ topic: 'wines', messages: [{ value: 'open' }] });
    await kcat(broker, ['-P', '-t', 'wines'], 'behind');
    const read = (level: string) => kcat(broker, ['-C', '-t', 'wines', '-e', '-q', '-X', `isolation.level=${level}`]);

    expect(await read('read_committed')).toBe('before\n');
    expect(await read('read_uncommitted')).toBe('before\nopen\nbehind\n');
    await open.commit();
    expect(await read('read_committed')).toBe('before\nopen\nbehind\n');
  });

  test('skips what a transaction aborted', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true });
    const aborted = await producer.transaction();
    await aborted.send({ topic: 'wines', messages: [{ value: 'aborted' }] });
    await aborted.abort();
    const committed = await producer.transaction();
    await committed.send({ topic: 'wines', messages: [{ value: 'committed' }] });
    await committed.commit();

    const read = (level: string) =>
      kcat(broker, ['-C', '-t', 'wines', '-e', '-q', '-f', '%o %s\n', '-X', `isolation.level=${level}`]);

    expect(await read('read_committed')).toBe('2 committed\n');
    expect(await read('read_uncommitted')).toBe('0 aborted\n2 committed\n');
  });

  test('consumes as a member of a group, from where the group was', async () => {
    const broker = await brokerForTest();
    await createTopic(kafkaOf(broker), 'wines', 2);
    const group = ['-G', 'readers', '-X', 'auto.offset.reset=earliest', '-e', '-q', 'wines'];
    await kcat(broker, ['-P', '-t', 'wines'], 'one\ntwo\nthree');

    const first = await kcat(broker, group);
    await kcat(broker, ['-P', '-t', 'wines'], 'four');

    expect(first.trim().split('\n').sort()).toEqual(['one', 'three', 'two']);
    expect(await kcat(broker, group)).toBe('four\n');
  });

  test('finds offsets by time', async () => {
    const broker = await brokerForTest();
    const kafka = kafkaOf(broker);
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka);
    const messages = [1000, 2000, 3000].map((time) => ({ value: 'x', timestamp: String(time) }));
    await producer.send({ topic: 'wines', messages });

    expect(await kcat(broker, ['-Q', '-t', 'wines:0:1500'])).toBe('wines [0] offset 1\n');
  });
});
