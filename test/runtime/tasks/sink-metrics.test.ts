/** What a running sink task counts, seen through its snapshots. */
import { describe, expect, test } from 'vitest';
import { taskTable as t } from '../../../src/runtime/metrics/table.ts';
import { MAX_SERIES } from '../../../src/runtime/metrics/task-metrics.ts';
import { RetriableError } from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce } from '../../helpers/runtime/kafka.ts';
import { perfectDestination } from '../../helpers/runtime/perfect-destination.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { startTask } from '../../helpers/runtime/tasks.ts';

/** A sink task of the connector `snk` on the topic `wines`, and ways to read what it counts. */
async function scene(config: Readonly<Record<string, string>> = {}) {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', 1);
  const destination = perfectDestination();
  const registry = registryOf(destination.plugin);
  const quick = { 'errors.tolerance': 'all', 'errors.retry.delay.max.ms': '50', 'batch.linger.ms': '20' };
  const start = (place: { readonly task: number; readonly tasks: number }) =>
    startTask({
      client: clientOf(broker),
      registry,
      name: 'snk',
      config: { 'connector.class': 'perfect', topics: 'wines', ...quick, ...config },
      ...place,
    });
  const task = await start({ task: 0, tasks: 2 });
  const seriesOf = (metric: string) => task.metrics.snapshot().filter(({ name }) => name === metric);
  const total = (metric: string) => seriesOf(metric).reduce((sum, { value, count }) => sum + (count ?? value), 0);
  const by = (metric: string, label: string) =>
    Object.fromEntries(seriesOf(metric).map(({ labels, value }) => [labels[label], value]));
  const send = (values: readonly string[]) =>
    produce(
      client,
      'wines',
      values.map((value) => ({ partition: 0, key: 'k', value })),
    );
  return { start, task, destination, client, seriesOf, total, by, send };
}

describe('a sink task', () => {
  test('has every series from the start, so that a fresh dashboard shows zeros and not gaps', async () => {
    const { by, total } = await scene();
    expect(by(t.recordErrors.name, 'stage')).toEqual({ VALUE_CONVERTER: 0, TRANSFORMATION: 0, TASK_PUT: 0 });
    expect(Object.keys(by(t.batches.name, 'closed_by'))).toEqual(['count', 'bytes', 'time', 'stop']);
    expect(by(t.retries.name, 'stage')).toEqual({ TASK_PUT: 0 });
    expect(Object.keys(by(t.stageSeconds.name, 'stage'))).toHaveLength(6);
    expect(by(t.eventsConsumed.name, 'topic')).toEqual({ wines: 0 });
    expect(total(t.sinkLag.name)).toBe(0);
  });

  test('tells how old the oldest record is that is not settled, also while nothing moves', async () => {
    const { destination, total, send } = await scene();
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = () => gate.promise;
    await send(['1', '2']);
    const early = await eventually(() => {
      expect(total(t.sinkLag.name)).toBeGreaterThan(0);
      return total(t.sinkLag.name);
    });
    await eventually(() => expect(total(t.sinkLag.name)).toBeGreaterThan(early + 0.2));
    expect(total(t.sinkLag.name)).toBeLessThan(60);

    gate.resolve();
    await eventually(() => expect(total(t.sinkLag.name)).toBe(0));
    expect(destination.rows).toHaveLength(2);
  });

  test('tells where its time went, also of a write that has not come to an end', async () => {
    const { destination, by, send } = await scene();
    const gate = Promise.withResolvers<void>();
    destination.faults.beforeWrite = () => gate.promise;
    await eventually(() => expect(by(t.stageSeconds.name, 'stage')['fetch']).toBeGreaterThan(0));
    await send(['1', 'bad', '3']);
    await eventually(() => expect(by(t.stageSeconds.name, 'stage')['write']).toBeGreaterThan(0.1));

    gate.resolve();
    await eventually(() => {
      for (const seconds of Object.values(by(t.stageSeconds.name, 'stage'))) expect(seconds).toBeGreaterThan(0);
    });
  });

  test('counts its assignments, what it refused by stage, and its retries', async () => {
    const { destination, by, total, send } = await scene();
    let failures = 2;
    destination.faults.beforeWrite = () => {
      if (failures-- > 0) throw new RetriableError('the warehouse is asleep');
    };
    await send(['1', 'bad', '3']);
    await eventually(() => expect(destination.rows).toHaveLength(2));
    await eventually(() => expect(by(t.recordErrors.name, 'stage')['VALUE_CONVERTER']).toBe(1));
    expect(by(t.retries.name, 'stage')).toEqual({ TASK_PUT: 2 });
    expect(total(t.rebalances.name)).toBe(1);
  });

  test('counts a rebalance when another task joins its group', async () => {
    const { start, total } = await scene();
    await eventually(() => expect(total(t.rebalances.name)).toBe(1));
    await start({ task: 1, tasks: 2 });
    await eventually(() => expect(total(t.rebalances.name)).toBeGreaterThanOrEqual(2));
  });

  test('counts the record that ends it where none is tolerated', async () => {
    const { task, by, send } = await scene({ 'errors.tolerance': 'none' });
    await send(['bad']);
    expect((await task.ended)?.name).toBe('IntolerableRecordError');
    expect(by(t.recordErrors.name, 'stage')['VALUE_CONVERTER']).toBe(1);
  });

  test('bounds its labels: types that no schema has are one series, whatever they hold', async () => {
    const schema = JSON.stringify({ RED: { type: 'object' } });
    const { by, seriesOf, send } = await scene({ 'value.schemas.field': 'type', 'value.schemas': schema });
    const hostile = Array.from({ length: MAX_SERIES + 50 }, (_, n) => JSON.stringify({ type: `"}\n# HELP ${n} \\` }));
    await send([...hostile, JSON.stringify({ type: 'RED' })]);
    await eventually(() =>
      expect(by(t.eventsConsumed.name, 'event_type')).toEqual({ RED: 1, unknown: hostile.length }),
    );
    expect(seriesOf(t.eventsDlq.name)).toHaveLength(2);
  });
});
