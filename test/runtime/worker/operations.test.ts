import { describe, expect, test } from 'vitest';
import { createPluginRegistry } from '../../../src/runtime/plugins/registry.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, readAll, textOf } from '../../helpers/runtime/kafka.ts';
import { resume, sinkConfig, sourceAndSink, stop } from '../../helpers/runtime/source-and-sink.ts';
import { workerForTest } from '../../helpers/runtime/worker.ts';

const sourceOffset = (partition: string, next: number) => ({ partition: { partition }, offset: { next } });

describe('a configuration', () => {
  test('is patched key by key, and null removes one', async () => {
    const { worker } = await sourceAndSink();
    await worker.patch('snk', { 'batch.size': '7', 'batch.linger.ms': null });
    const { config } = worker.connector('snk');
    expect(config).toMatchObject({ 'batch.size': '7', topics: 'numbers' });
    expect(config).not.toHaveProperty('batch.linger.ms');
  });

  test('of one that is to rest at first does not disturb one that somebody else made meanwhile', async () => {
    const { worker } = await sourceAndSink();
    const resting = { initialState: 'STOPPED' } as const;
    const both = await Promise.all([
      worker.put('twice', sinkConfig, resting),
      worker.put('twice', sinkConfig, resting),
      worker.put('snk', sinkConfig, resting),
    ]);
    expect(both.map(({ created }) => created)).toEqual([true, false, false]);
    await eventually(() => expect(worker.status('twice').connector.state).toBe('STOPPED'));
    expect(worker.status('snk').connector.state).toBe('RUNNING');
  });

  test('is not patched into one that is invalid', async () => {
    const { worker } = await sourceAndSink();
    await expect(worker.patch('snk', { topics: null })).rejects.toMatchObject({ code: 'INVALID_CONFIG' });
    await expect(worker.patch('nobody', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(worker.connector('snk').config).toMatchObject({ topics: 'numbers' });
  });

  test('keeps the plugin file that a YAML has named when a REST client changes something else, and takes no other', async () => {
    const worker = workerForTest({ broker: await brokerForTest(), plugins: createPluginRegistry() });
    await worker.ready;
    const file = (name: string) => new URL(`../../conformance/rest/plugins/${name}/index.ts`, import.meta.url).href;
    const config = { 'connector.class': file('orders'), topic: 'orders', 'task.isolation': 'none' };
    await worker.put('orders', config, { fromFile: { folder: '/' }, initialState: 'STOPPED' });

    await worker.patch('orders', { 'order.size': '2' });
    await worker.put('orders', { ...config, 'order.size': '3' });
    expect(worker.connector('orders').config).toMatchObject({ ...config, 'order.size': '3' });
    const other = worker.patch('orders', { 'connector.class': file('corked') });
    await expect(other).rejects.toThrow(/a REST client may not name a file to load/);
  });

  test('is taken with a warning in the log where a key of it changes nothing', async () => {
    const { worker } = await sourceAndSink();
    await worker.patch('snk', { 'consumer.override.max.poll.records': '5' });
    const warnings = worker.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
    expect(warnings).toContainEqual(
      expect.stringMatching(/^snk: consumer\.override\.max\.poll\.records has no effect here/),
    );
  });

  test('loses none of two patches at once', async () => {
    const { worker } = await sourceAndSink();
    await Promise.all([worker.patch('snk', { 'batch.size': '7' }), worker.patch('snk', { 'batch.bytes': '7000' })]);
    expect(worker.connector('snk').config).toMatchObject({ 'batch.size': '7', 'batch.bytes': '7000' });
  });

  test('has a history that outlives the worker, the newest first, twenty at most', async () => {
    const { worker, start } = await sourceAndSink();
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
    const { worker } = await sourceAndSink();
    await worker.remove('snk');
    await worker.put('snk', sinkConfig);
    expect(worker.history('snk')).toHaveLength(1);
  });
});

describe('a restart', () => {
  test('of a connector alone leaves its tasks as they are', async () => {
    const { worker, destination } = await sourceAndSink();
    const planned = await worker.restart('snk', { includeTasks: false, onlyFailed: false });
    expect(planned).toMatchObject({ connector: { state: 'RESTARTING' }, tasks: [{ id: 0, state: 'RUNNING' }] });
    expect(destination.opened).toBe(1);
  });

  test('with tasks opens them anew', async () => {
    const { worker, destination } = await sourceAndSink();
    const planned = await worker.restart('snk', { includeTasks: true, onlyFailed: false });
    expect(planned.tasks).toMatchObject([{ id: 0, state: 'RESTARTING' }]);
    await eventually(() => expect(destination.opened).toBe(2));
    await eventually(() => expect(worker.taskStatus('snk', 0).state).toBe('RUNNING'));
    expect(destination.open).toBe(1);
  });

  test('of what has failed takes only that', async () => {
    const { worker, destination, source } = await sourceAndSink();
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
    const { worker, destination } = await sourceAndSink();
    await worker.restartTask('snk', 0);
    await eventually(() => expect(destination.opened).toBe(2));
    await expect(worker.restartTask('snk', 9)).rejects.toThrow('Unknown task: snk-9');
    await expect(worker.restartTask('nobody', 0)).rejects.toThrow('Unknown connector: nobody');
    await expect(worker.restart('nobody', { includeTasks: true, onlyFailed: true })).rejects.toThrow(
      'Unknown connector: nobody',
    );
  });

  test('of what is paused starts nothing', async () => {
    const { worker, destination } = await sourceAndSink();
    await worker.setTargetState('snk', 'PAUSED');
    await eventually(() => expect(worker.status('snk').connector.state).toBe('PAUSED'));
    const planned = await worker.restart('snk', { includeTasks: true, onlyFailed: false });
    expect(planned.connector.state).toBe('PAUSED');
    expect(destination.open).toBe(0);
  });
});

describe('the topics of a connector', () => {
  test('are those that it has written or read, and outlive the worker', async () => {
    const { worker, client, start } = await sourceAndSink();
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
    const { worker } = await sourceAndSink();
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

describe('the level of a logger', () => {
  test('is set on this worker, or through the log on every one', async () => {
    const { worker } = await sourceAndSink();
    expect(await worker.setLoggerLevel('snk', 'ERROR', 'worker')).toEqual(['snk', 'snk|task-0']);
    expect(worker.loggers()['snk|task-0']).toMatchObject({ level: 'ERROR' });
    await worker.setLoggerLevel('kafka', 'WARN', 'cluster');
    await eventually(() => expect(worker.loggers()['kafka']).toMatchObject({ level: 'WARN' }));
    await expect(worker.setLoggerLevel('kafka', 'LOUD', 'cluster')).rejects.toThrow("invalid log level 'LOUD'.");
  });
});
