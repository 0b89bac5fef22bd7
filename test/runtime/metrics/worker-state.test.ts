/** The worker's own series, seen through a worker that runs. */
import { describe, expect, test } from 'vitest';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest } from '../../helpers/runtime/kafka.ts';
import { numbersSource } from '../../helpers/runtime/numbers-source.ts';
import { perfectDestination } from '../../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { workerForTest } from '../../helpers/runtime/worker.ts';

const inline = { 'task.isolation': 'none' };
const sinkConfig = { ...inline, 'connector.class': 'perfect', topics: 'numbers', 'batch.linger.ms': '20' };

/** A worker that is ready, and the value of one of its series. */
async function scene() {
  const broker = await brokerForTest();
  const source = numbersSource({ topic: 'numbers', count: 20 });
  const destination = perfectDestination();
  const worker = workerForTest({ broker, plugins: registryOf(source.plugin, destination.plugin) });
  await worker.ready;
  async function shown(series: string): Promise<number | undefined> {
    const lines = (await worker.metrics.text()).split('\n');
    const value = lines.find((line) => line.startsWith(`${series} `))?.split(' ')[1];
    return value === undefined ? undefined : Number(value);
  }
  return { worker, destination, shown };
}

describe('a worker', () => {
  test('counts the configurations of a connector that differ, and begins anew when it is created again', async () => {
    const { worker, shown } = await scene();
    const changes = () => shown('connect_connector_config_changes_total{connector="snk"}');
    await worker.put('snk', sinkConfig);
    expect(await changes()).toBe(0);
    await worker.put('snk', { ...sinkConfig });
    await worker.setTargetState('snk', 'PAUSED');
    expect(await changes()).toBe(0);
    await worker.put('snk', { ...sinkConfig, 'batch.size': '7' });
    await worker.put('snk', { ...sinkConfig, 'batch.size': '8' });
    expect(await changes()).toBe(2);

    await worker.remove('snk');
    expect(await changes()).toBeUndefined();
    await worker.put('snk', sinkConfig);
    expect(await changes()).toBe(0);
  });

  test('counts how often a task has failed, and how often it was started again', async () => {
    const { worker, destination, shown } = await scene();
    let failures = 2;
    destination.faults.beforeWrite = () => {
      if (failures-- > 0) throw new Error('the table is gone');
    };
    await worker.put('src', { ...inline, 'connector.class': 'numbers' });
    await worker.put('snk', { ...sinkConfig, 'errors.restart.delay.ms': '20' });
    await eventually(() => expect(destination.rows).toHaveLength(20));

    expect(await shown('connect_task_failures_total{connector="snk",task="0"}')).toBe(2);
    expect(await shown('connect_task_restarts_total{connector="snk",task="0"}')).toBe(2);
    expect(await shown('connect_task_failures_total{connector="src",task="0"}')).toBe(0);
  });

  test('counts the tasks that run in threads of their own', async () => {
    const { worker, shown } = await scene();
    const config = { 'connector.class': 'wine-sales-generator', 'max.events': '1', topic: 'sales' };
    await worker.put('gen', { ...config, 'task.isolation': 'thread' });
    await eventually(async () => expect(await shown('connect_worker_threads')).toBe(1));
    await worker.put('gen', { ...config, 'task.isolation': 'none' });
    await eventually(async () => expect(await shown('connect_worker_threads')).toBe(0));
  });
});
