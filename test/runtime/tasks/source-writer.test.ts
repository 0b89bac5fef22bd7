/** What a running source task counts, seen through its snapshots. */
import { describe, expect, test } from 'vitest';
import { taskTable as t } from '../../../src/runtime/metrics/table.ts';
import { RetriableError } from '../../../src/sdk/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf } from '../../helpers/runtime/kafka.ts';
import { type NumbersOptions, numbersSource } from '../../helpers/runtime/numbers-source.ts';
import { registryOf } from '../../helpers/runtime/plugins.ts';
import { startTask } from '../../helpers/runtime/tasks.ts';

async function scene(options: Partial<NumbersOptions>, config: Readonly<Record<string, string>> = {}) {
  const broker = await brokerForTest();
  const source = numbersSource({ topic: 'numbers', count: 100, ...options });
  const task = await startTask({
    client: clientOf(broker),
    registry: registryOf(source.plugin),
    name: 'src',
    config: { 'connector.class': 'numbers', 'errors.retry.delay.max.ms': '50', ...config },
  });
  const by = (metric: string, label: string) =>
    Object.fromEntries(
      task.metrics
        .snapshot()
        .filter(({ name }) => name === metric)
        .map(({ labels, value }) => [labels[label], value]),
    );
  const shown = (metric: string) => by(metric, 'connector')['src'];
  return { task, by, shown };
}

describe('a source task', () => {
  test('tells where its time went, also of a read that has not come to an end', async () => {
    const gate = Promise.withResolvers<void>();
    const { by } = await scene({ beforeRead: (_, next) => (next === 50 ? gate.promise : undefined) });
    await eventually(() => {
      const { fetch = 0, transform, validate = 0, encode = 0, write = 0 } = by(t.stageSeconds.name, 'stage');
      expect(fetch).toBeGreaterThan(0.1);
      for (const seconds of [transform, validate, encode, write]) expect(seconds).toBeGreaterThan(0);
    });
    gate.resolve();
  });

  test('tells what it holds until that is durable', async () => {
    const { task, shown } = await scene({ count: 20 }, { 'transaction.linger.ms': '500' });
    await eventually(() => expect(shown(t.bufferedBytes.name)).toBeGreaterThan(0));
    await eventually(() => expect(task.idle).toBe(true));
    await eventually(() => expect(shown(t.bufferedBytes.name)).toBe(0));
    expect(shown(t.recordsWritten.name)).toBe(20);
  });

  test('counts reads that were made again, and has every stage of errors from the start', async () => {
    let failures = 2;
    const beforeRead = () => {
      if (failures-- > 0) throw new RetriableError('the cellar is locked');
    };
    const { task, by, shown } = await scene({ beforeRead });
    await eventually(() => expect(task.idle).toBe(true));
    expect(by(t.retries.name, 'stage')).toEqual({ TASK_POLL: 2 });
    expect(by(t.recordErrors.name, 'stage')).toEqual({ TRANSFORMATION: 0, VALUE_CONVERTER: 0, KAFKA_PRODUCE: 0 });
    expect(shown(t.recordsWritten.name)).toBe(100);
  });
});
