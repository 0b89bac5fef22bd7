import { describe, expect, test } from 'vitest';
import type { Connect } from '../../../src/runtime/connect.ts';
import { RetriableError } from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, committedOffset, createTopic, readAll, textOf } from '../../helpers/runtime/kafka.ts';
import { numbersSource } from '../../helpers/runtime/numbers-source.ts';
import { perfectDestination } from '../../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { workerForTest } from '../../helpers/runtime/worker.ts';

const quick = { 'task.isolation': 'none', 'errors.retry.delay.max.ms': '50' };
const sourceConfig = { ...quick, 'connector.class': 'numbers', 'transaction.linger.ms': '5' };
const sinkConfig = { ...quick, 'connector.class': 'perfect', topics: 'numbers', 'batch.linger.ms': '20' };

/** A worker with a source of twenty numbers and a sink of them, both settled. */
async function scene() {
  const broker = await brokerForTest();
  const source = numbersSource({ topic: 'numbers', count: 20, partitions: ['a', 'b'] });
  const destination = perfectDestination();
  const plugins = registryOf(source.plugin, destination.plugin);
  const start = async () => {
    const worker = workerForTest({ broker, plugins });
    await worker.ready;
    return worker;
  };
  const worker = await start();
  await worker.put('src', sourceConfig);
  await worker.put('snk', sinkConfig);
  await worker.idle();
  return { broker, client: clientOf(broker), source, destination, worker, start };
}

const stop = async (worker: Connect, name: string) => {
  await worker.setTargetState(name, 'STOPPED');
  await eventually(() => expect(worker.status(name).connector.state).toBe('STOPPED'));
};
const resume = async (worker: Connect, name: string) => {
  await worker.setTargetState(name, 'STARTED');
  await eventually(() => expect(worker.status(name).connector.state).toBe('RUNNING'));
};
const sourceOffset = (partition: string, next: number) => ({ partition: { partition }, offset: { next } });
const sinkOffset = (kafka_partition: number | string, kafka_offset: number | string) => ({
  partition: { kafka_topic: 'numbers', kafka_partition },
  offset: { kafka_offset },
});

describe('a configuration', () => {
  test('is patched key by key, and null removes one', async () => {
    const { worker } = await scene();
    await worker.patch('snk', { 'batch.size': '7', 'batch.linger.ms': null });
    const { config } = worker.connector('snk');
    expect(config).toMatchObject({ 'batch.size': '7', topics: 'numbers' });
    expect(config).not.toHaveProperty('batch.linger.ms');
  });

  test('is not patched into one that is invalid', async () => {
    const { worker } = await scene();
    await expect(worker.patch('snk', { topics: null })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(worker.patch('nobody', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(worker.connector('snk').config).toMatchObject({ topics: 'numbers' });
  });

  test('loses none of two patches at once', async () => {
    const { worker } = await scene();
    await Promise.all([worker.patch('snk', { 'batch.size': '7' }), worker.patch('snk', { 'batch.bytes': '7000' })]);
    expect(worker.connector('snk').config).toMatchObject({ 'batch.size': '7', 'batch.bytes': '7000' });
  });

  test('has a history that outlives the worker, the newest first, twenty at most', async () => {
    const { worker, start } = await scene();
    for (let size = 1; size <= 21; size++) await worker.patch('snk', { 'batch.size': String(size) });
    await worker.patch('snk', { 'batch.size': '21' });
    await worker.close();

    const history = (await start()).history('snk');
    expect(history.map(({ config }) => config['batch.size'])).toEqual(
      Array.from({ length: 20 }, (_, i) => String(21 - i)),
    );
    expect(history.every(({ timestamp }) => timestamp > Date.parse('2026-01-01'))).toBe(true);
  });

  test('has no history once its connector is deleted', async () => {
    const { worker } = await scene();
    await worker.remove('snk');
    await worker.put('snk', sinkConfig);
    expect(worker.history('snk')).toHaveLength(1);
  });
});

describe('a restart', () => {
  test('of a connector alone leaves its tasks as they are', async () => {
    const { worker, destination } = await scene();
    const planned = await worker.restart('snk', { includeTasks: false, onlyFailed: false });
    expect(planned).toMatchObject({ connector: { state: 'RESTARTING' }, tasks: [{ id: 0, state: 'RUNNING' }] });
    expect(destination.opened).toBe(1);
  });

  test('with tasks opens them anew', async () => {
    const { worker, destination } = await scene();
    const planned = await worker.restart('snk', { includeTasks: true, onlyFailed: false });
    expect(planned.tasks).toMatchObject([{ id: 0, state: 'RESTARTING' }]);
    await eventually(() => expect(destination.opened).toBe(2));
    await eventually(() => expect(worker.taskStatus('snk', 0).state).toBe('RUNNING'));
    expect(destination.open).toBe(1);
  });

  test('of what has failed takes only that', async () => {
    const { worker, destination, source } = await scene();
    destination.faults.beforeWrite = () => {
      throw new Error('torn');
    };
    await stop(worker, 'src');
    await worker.alterOffsets('src', [sourceOffset('a', 19)]);
    await resume(worker, 'src');
    await eventually(() => expect(worker.taskStatus('snk', 0).state).toBe('FAILED'));
    delete destination.faults.beforeWrite;
    const opened = source.state.opened;

    for (const name of ['snk', 'src']) await worker.restart(name, { includeTasks: true, onlyFailed: true });

    await eventually(() => expect(worker.taskStatus('snk', 0).state).toBe('RUNNING'));
    await worker.idle();
    expect(destination.rows).toHaveLength(41);
    expect(source.state.opened).toBe(opened);
  });

  test('of one task, or of one that is not there', async () => {
    const { worker, destination } = await scene();
    await worker.restartTask('snk', 0);
    await eventually(() => expect(destination.opened).toBe(2));
    await expect(worker.restartTask('snk', 9)).rejects.toThrow('Unknown task: snk-9');
    await expect(worker.restartTask('nobody', 0)).rejects.toThrow('Unknown connector: nobody');
    await expect(worker.restart('nobody', { includeTasks: true, onlyFailed: true })).rejects.toThrow(
      'Unknown connector: nobody',
    );
  });

  test('of what is paused starts nothing', async () => {
    const { worker, destination } = await scene();
    await worker.setTargetState('snk', 'PAUSED');
    await eventually(() => expect(worker.status('snk').connector.state).toBe('PAUSED'));
    const planned = await worker.restart('snk', { includeTasks: true, onlyFailed: false });
    expect(planned.connector.state).toBe('PAUSED');
    expect(destination.open).toBe(0);
  });
});

describe('the topics of a connector', () => {
  test('are those that it has written or read, and outlive the worker', async () => {
    const { worker, client, start } = await scene();
    await eventually(() => expect([worker.topics('src'), worker.topics('snk')]).toEqual([['numbers'], ['numbers']]));
    await eventually(async () => {
      const keys = (await readAll(client, 'caves-status')).map(({ key }) => textOf(key));
      expect(keys).toContain('status-topic-numbers:connector-snk');
    });
    await worker.close();
    const next = await start();
    await eventually(() => expect(next.topics('src')).toEqual(['numbers']));
  });

  test('are forgotten, and come back when it goes on', async () => {
    const { worker } = await scene();
    await eventually(() => expect(worker.topics('src')).toEqual(['numbers']));
    await worker.resetTopics('src');
    expect(worker.topics('src')).toEqual([]);
    await stop(worker, 'src');
    await worker.resetOffsets('src');
    await resume(worker, 'src');
    await eventually(() => expect(worker.topics('src')).toEqual(['numbers']));
    expect(worker.topics('nobody')).toEqual([]);
  });
});

describe('offsets', () => {
  test('are moved only while the connector is STOPPED', async () => {
    const { worker } = await scene();
    await worker.setTargetState('src', 'PAUSED');
    for (const name of ['src', 'snk']) {
      await expect(worker.alterOffsets(name, [])).rejects.toThrow(/must be in the STOPPED state .*snk|src/);
      await expect(worker.resetOffsets(name)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    await expect(worker.offsets('nobody')).rejects.toThrow('Connector nobody not found');
  });

  test('of a source are read, moved one by one, and taken up from there', async () => {
    const { worker, client } = await scene();
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
    const { worker } = await scene();
    await stop(worker, 'src');
    const alter = (partition: unknown, offset: unknown) =>
      worker.alterOffsets('src', [{ partition, offset }] as Parameters<Connect['alterOffsets']>[1]);
    await expect(alter(null, {})).rejects.toThrow('Partition objects cannot be null');
    await expect(alter({ file: 'x' }, {})).rejects.toThrow(/should contain the key 'partition' alone/);
    await expect(alter({ partition: 'a' }, 7)).rejects.toThrow(/either be null or an object/);
  });

  test('of a sink are those of its group, and its destination moves with them', async () => {
    const { worker, destination, client } = await scene();
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
    const { worker, destination, client } = await scene();
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

  test('of a sink are refused when they are none, in Kafka Connect’s words', async () => {
    const { worker } = await scene();
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

  test('stay as they are while the destination does not move its own', async () => {
    const { worker, destination } = await scene();
    await stop(worker, 'snk');
    const before = await worker.offsets('snk');
    destination.plugin.open = () => {
      throw new RetriableError('asleep');
    };
    await expect(worker.alterOffsets('snk', [sinkOffset(0, 2)])).rejects.toMatchObject({ code: 'NOT_READY' });
    expect(await worker.offsets('snk')).toEqual(before);
  });
});

describe('the level of a logger', () => {
  test('is set on this worker, or through the log on every one', async () => {
    const { worker } = await scene();
    expect(await worker.setLoggerLevel('snk', 'DEBUG', 'worker')).toEqual(['snk', 'snk|task-0']);
    expect(worker.loggers()['snk|task-0']).toMatchObject({ level: 'DEBUG' });
    await worker.setLoggerLevel('kafka', 'WARN', 'cluster');
    await eventually(() => expect(worker.loggers()['kafka']).toMatchObject({ level: 'WARN' }));
    await expect(worker.setLoggerLevel('kafka', 'LOUD', 'cluster')).rejects.toThrow("invalid log level 'LOUD'.");
  });
});
