import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Connect } from '../../../src/runtime/connect.ts';
import { RetriableError } from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { committedOffset, createTopic, readAll, textOf } from '../../helpers/runtime/kafka.ts';
import { resume, sourceAndSink, stop } from '../../helpers/runtime/source-and-sink.ts';

const sourceOffset = (partition: string, next: number) => ({ partition: { partition }, offset: { next } });
const sinkOffset = (kafka_partition: number | string, kafka_offset: number | string) => ({
  partition: { kafka_topic: 'numbers', kafka_partition },
  offset: { kafka_offset },
});

describe('offsets', () => {
  test('are moved only while the connector is STOPPED', async () => {
    const { worker } = await sourceAndSink();
    await worker.setTargetState('src', 'PAUSED');
    for (const name of ['src', 'snk']) {
      await expect(worker.alterOffsets(name, [])).rejects.toThrow(/must be in the STOPPED state .*snk|src/);
      await expect(worker.resetOffsets(name)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    await expect(worker.offsets('nobody')).rejects.toThrow('Connector nobody not found');
  });

  test('of a source are read, moved one by one, and taken up from there', async () => {
    const { worker, client } = await sourceAndSink();
    expect(await worker.offsets('src')).toEqual([sourceOffset('a', 20), sourceOffset('b', 20)]);
    await stop(worker, 'src');

    await worker.alterOffsets('src', [sourceOffset('a', 15), { partition: { partition: 'b' }, offset: null }]);
    expect(await worker.offsets('src')).toEqual([sourceOffset('a', 15)]);

    await resume(worker, 'src');
    await worker.idle();
    const values = (await readAll(client, 'numbers')).map(({ value }) => JSON.parse(textOf(value) ?? ''));
    expect(values.slice(40).filter(({ partition }) => partition === 'a')).toHaveLength(5);
    expect(values.slice(40).filter(({ partition }) => partition === 'b')).toHaveLength(20);
  });

  test('of a source are refused when they are none, with the reason', async () => {
    const { worker } = await sourceAndSink();
    await stop(worker, 'src');
    const alter = (partition: unknown, offset: unknown) =>
      worker.alterOffsets('src', [{ partition, offset }] as Parameters<Connect['alterOffsets']>[1]);
    await expect(alter(null, {})).rejects.toThrow('Partition objects cannot be null');
    await expect(alter({ file: 'x' }, {})).rejects.toThrow(/should contain the key 'partition' alone/);
    await expect(alter({ partition: 'a' }, 7)).rejects.toThrow(/either be null or an object/);
  });

  test('of a sink are those of its group, and its destination moves with them', async () => {
    const { worker, destination, client } = await sourceAndSink();
    expect(await worker.offsets('snk')).toEqual([sinkOffset(0, expect.any(Number) as unknown as number)]);
    await stop(worker, 'snk');

    await worker.alterOffsets('snk', [sinkOffset('0', '2')]);
    expect(await worker.offsets('snk')).toEqual([sinkOffset(0, 2)]);
    expect(destination.positions.get('numbers-0')).toBe(2n);

    const before = destination.rows.length;
    await resume(worker, 'snk');
    await worker.idle();
    expect(destination.rows.length).toBeGreaterThan(before + 30);
    expect(await committedOffset(client, 'connect-snk', 'numbers')).toBeGreaterThan(2n);
  });

  test('of a sink are forgotten, one partition or all', async () => {
    const { worker, destination, client } = await sourceAndSink();
    await createTopic(client, 'more', 2);
    await stop(worker, 'snk');
    const more = (kafka_partition: number) => ({
      partition: { kafka_topic: 'more', kafka_partition },
      offset: { kafka_offset: 0 },
    });
    await worker.alterOffsets('snk', [sinkOffset(0, 3), more(0), more(1)]);
    await worker.alterOffsets('snk', [{ ...sinkOffset(0, 0), offset: null }]);
    expect(await worker.offsets('snk')).toEqual([more(0), more(1)]);
    expect(destination.positions.get('numbers-0')).toBeUndefined();

    await worker.resetOffsets('snk');
    await worker.resetOffsets('snk');
    expect(await worker.offsets('snk')).toEqual([]);
    expect(destination.positions.size).toBe(0);
  });

  test('of a sink are moved once each: of two for one partition the last counts', async () => {
    const { worker, destination } = await sourceAndSink();
    await stop(worker, 'snk');
    const asked: unknown[] = [];
    destination.faults.beforeAlter = (altered) => void asked.push(...altered);
    await worker.alterOffsets('snk', [sinkOffset(0, 2), sinkOffset('0', 3)]);
    expect(asked).toEqual([{ topic: 'numbers', partition: 0, next: 3n }]);
    expect(await worker.offsets('snk')).toEqual([sinkOffset(0, 3)]);
  });

  test('of a sink by a pattern are forgotten where its destination alone has them', async () => {
    const { worker, destination, client } = await sourceAndSink();
    await worker.patch('snk', { topics: null, 'topics.regex': 'num.*' });
    await stop(worker, 'snk');
    await (await client.admin()).deleteGroups(['connect-snk']);
    expect(destination.positions.size).toBe(1);
    await worker.resetOffsets('snk');
    expect(destination.positions.size).toBe(0);
  });

  test('of a sink are refused when they are none, in Kafka Connect’s words', async () => {
    const { worker } = await sourceAndSink();
    await stop(worker, 'snk');
    const alter = (partition: unknown, offset: unknown) =>
      worker.alterOffsets('snk', [{ partition, offset }] as Parameters<Connect['alterOffsets']>[1]);
    const at = { kafka_topic: 'numbers', kafka_partition: 0 };
    await expect(alter(null, {})).rejects.toThrow(
      'The partition for a sink connector offset cannot be null or missing',
    );
    await expect(alter({ topic: 'numbers' }, {})).rejects.toThrow(/'kafka_topic' and 'kafka_partition'/);
    await expect(alter({ ...at, kafka_partition: 'x' }, {})).rejects.toThrow(/Kafka partition value .* 'x'/);
    await expect(alter(at, { position: 1 })).rejects.toThrow(/contain the key 'kafka_offset'/);
    await expect(alter(at, { kafka_offset: 'x' })).rejects.toThrow(/Kafka offset value .* 'x'/);
    await expect(alter(at, { kafka_offset: 1e9 })).rejects.toThrow(/lies beyond the end of numbers-0/);
    await expect(alter({ ...at, kafka_topic: 'nowhere' }, null)).rejects.toThrow(/no partition 0 of a topic nowhere/);
  });

  test('are moved before a connector that is resumed meanwhile starts', async () => {
    const { worker, destination } = await sourceAndSink();
    await stop(worker, 'snk');
    const before = destination.rows.length;
    const [asked, mayAnswer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    destination.faults.beforeAlter = () => {
      asked.resolve();
      return mayAnswer.promise;
    };
    const moved = worker.alterOffsets('snk', [sinkOffset(0, 2)]);
    await asked.promise;
    await worker.setTargetState('snk', 'STARTED');
    await expect(worker.alterOffsets('snk', [sinkOffset(0, 3)])).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(destination.open).toBe(1);
    expect(worker.status('snk').connector.state).toBe('STOPPED');

    mayAnswer.resolve();
    await moved;
    await eventually(() => expect(destination.rows.length).toBeGreaterThan(before + 30));
  });

  test('of a sink are not forgotten while somebody reads in its group', async () => {
    const { worker, broker } = await sourceAndSink();
    await stop(worker, 'snk');
    const kafka = new Kafka({ brokers: [`${broker.host}:${broker.port}`], logLevel: logLevel.NOTHING });
    const reader = kafka.consumer({ groupId: 'connect-snk' });
    onTestFinished(() => reader.disconnect());
    const joined = new Promise((resolve) => reader.on('consumer.group_join', resolve));
    await reader.subscribe({ topics: ['numbers'] });
    await reader.run({ eachMessage: async () => undefined, autoCommit: false });
    await joined;
    await expect(worker.resetOffsets('snk')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('stay as they are while the destination does not move its own', async () => {
    const { worker, destination } = await sourceAndSink();
    await stop(worker, 'snk');
    const before = await worker.offsets('snk');
    destination.plugin.open = () => {
      throw new RetriableError('asleep');
    };
    await expect(worker.alterOffsets('snk', [sinkOffset(0, 2)])).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(await worker.offsets('snk')).toEqual(before);
  });
});
