import { describe, expect, onTestFinished, test } from 'vitest';
import type { BrokerOptions } from '../../../src/embedded/kafka/index.ts';
import { brokerForTest, consume, createTopic, kafkaOf, producerOf } from './clients.ts';
import { newFolder } from './folders.ts';

const storages: ReadonlyArray<readonly [string, () => BrokerOptions]> = [
  ['in memory', () => ({})],
  ['on disk', () => ({ dataDir: newFolder() })],
];

describe.each(storages)('kafkajs with a broker %s', (_name, options) => {
  test('reads what was produced, in order, with keys and headers', async () => {
    const kafka = kafkaOf(await brokerForTest(options()));
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka);
    await producer.send({
      topic: 'wines',
      messages: [
        { key: 'a', value: 'one', headers: { reason: 'none' }, timestamp: '1700000000000' },
        { key: null, value: 'two' },
        { key: 'c', value: null },
      ],
    });

    const { until, messages } = await consume(kafka, { groupId: 'readers', topic: 'wines' });

    expect(await until(3)).toEqual(['one', 'two', 'null']);
    expect(messages.map((message) => message.offset)).toEqual(['0', '1', '2']);
    expect(String(messages[0]?.key)).toBe('a');
    expect(String(messages[0]?.headers?.['reason'])).toBe('none');
    expect(messages[0]?.timestamp).toBe('1700000000000');
    expect(messages[2]?.value).toBeNull();
  });

  test('goes on from the committed offset in a new consumer of the group', async () => {
    const kafka = kafkaOf(await brokerForTest(options()));
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka);
    await producer.send({ topic: 'wines', messages: [{ value: 'one' }, { value: 'two' }] });
    const first = await consume(kafka, { groupId: 'readers', topic: 'wines' });
    await first.until(2);
    await first.consumer.commitOffsets([{ topic: 'wines', partition: 0, offset: '2' }]);
    await first.consumer.disconnect();
    await producer.send({ topic: 'wines', messages: [{ value: 'three' }] });

    const second = await consume(kafka, { groupId: 'readers', topic: 'wines' });

    expect(await second.until(1)).toEqual(['three']);
  });

  test('sees committed transactions only, and their offsets with them', async () => {
    const kafka = kafkaOf(await brokerForTest(options()));
    await createTopic(kafka, 'wines');
    const producer = await producerOf(kafka, { transactionalId: 'tx', maxInFlightRequests: 1, idempotent: true });
    const aborted = await producer.transaction();
    await aborted.send({ topic: 'wines', messages: [{ value: 'aborted' }] });
    await aborted.sendOffsets({
      consumerGroupId: 'source',
      topics: [{ topic: 'wines', partitions: [{ partition: 0, offset: '7' }] }],
    });
    await aborted.abort();
    const committed = await producer.transaction();
    await committed.send({ topic: 'wines', messages: [{ value: 'committed' }] });
    await committed.sendOffsets({
      consumerGroupId: 'source',
      topics: [{ topic: 'wines', partitions: [{ partition: 0, offset: '42' }] }],
    });
    await committed.commit();

    const { until } = await consume(kafka, { groupId: 'readers', topic: 'wines' });
    expect(await until(1)).toEqual(['committed']);
    const everything = await consume(kafka, { groupId: 'dirty', topic: 'wines', readUncommitted: true });
    expect(await everything.until(2)).toEqual(['aborted', 'committed']);

    const admin = kafka.admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    const [offsets] = await admin.fetchOffsets({ groupId: 'source', topics: ['wines'] });
    expect(offsets?.partitions[0]?.offset).toBe('42');
  });
});
