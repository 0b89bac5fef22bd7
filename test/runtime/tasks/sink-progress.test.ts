import type { KafkaMessage } from 'kafkajs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { taskTable as t, taskSpecs } from '../../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../../src/runtime/metrics/task-metrics.ts';
import { createSinkMetrics } from '../../../src/runtime/tasks/sink-metrics.ts';
import { trackProgress } from '../../../src/runtime/tasks/sink-progress.ts';
import { eventually } from '../../helpers/eventually.ts';
import { brokerForTest, clientOf, createTopic, produce } from '../../helpers/runtime/kafka.ts';

/** The progress of a task to which `wines-0` is assigned from the start of a log of `end` records. */
async function scene(end = 10n) {
  const client = clientOf(await brokerForTest());
  await createTopic(client, 'wines', 1);
  const metrics = createTaskMetrics(taskSpecs, { connector: 'snk', task: 0 });
  const progress = trackProgress(client, createSinkMetrics(metrics, [], ['wines']));
  onTestFinished(progress.close);
  const at = { topic: 'wines', partition: 0 };
  progress.assigned([{ ...at, committed: undefined, start: 0n, earliest: 0n, end }]);
  const shown = (metric: string) => metrics.snapshot().find(({ name }) => name === metric)?.value;
  /** Records from an offset on that were written so many seconds ago. */
  const fetch = (from: number, count: number, age: number) =>
    progress.fetched({
      ...at,
      messages: Array.from({ length: count }, (_, i) => ({
        offset: String(from + i),
        timestamp: String(Date.now() - age * 1000),
      })) as unknown as KafkaMessage[],
      next: BigInt(from + count),
      highWatermark: end,
    });
  return { client, progress, at, shown, fetch };
}

describe('the lag of a sink task', () => {
  test('is shown in records and in seconds, and is 0 when all is settled', async () => {
    const { progress, at, shown, fetch } = await scene();
    fetch(0, 4, 100);
    fetch(4, 6, 50);
    expect(shown(t.consumerLag.name)).toBe(10);
    expect(shown(t.sinkLag.name)).toBeCloseTo(100, 0);
    progress.settle({ ...at, next: 5n });
    expect(shown(t.consumerLag.name)).toBe(5);
    expect(shown(t.sinkLag.name)).toBeCloseTo(50, 0);
    progress.settle({ ...at, next: 10n });
    expect([shown(t.consumerLag.name), shown(t.sinkLag.name)]).toEqual([0, 0]);
  });

  test('is nobody’s after the partitions were taken away, also when more of them is delivered late', async () => {
    const { progress, shown, fetch } = await scene();
    fetch(0, 4, 100);
    progress.revoked();
    fetch(4, 6, 100);
    expect([shown(t.consumerLag.name), shown(t.sinkLag.name)]).toEqual([0, 0]);
  });

  test('grows while nothing is fetched: the log is asked for its end', async () => {
    const { client, shown } = await scene(0n);
    expect([shown(t.consumerLag.name), shown(t.sinkLag.name)]).toEqual([0, 0]);
    await produce(client, 'wines', [{ partition: 0, key: 'k', value: '1' }]);
    await eventually(() => expect(shown(t.consumerLag.name)).toBe(1));
    await eventually(() => expect(shown(t.sinkLag.name)).toBeGreaterThan(0.1));
  });
});
