import { expect, onTestFinished, test } from 'vitest';
import { taskSpecs, taskTable } from '../../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../../src/runtime/metrics/task-metrics.ts';
import { showThreadVitals } from '../../../src/runtime/tasks/thread-vitals.ts';
import { eventually } from '../../helpers/eventually.ts';

test('a thread tells how long its event loop was held up, and of its heap', async () => {
  const metrics = createTaskMetrics(taskSpecs, { connector: 'snk', task: 0 });
  onTestFinished(showThreadVitals(metrics));
  const shown = (wanted: string) => metrics.snapshot().find(({ name }) => name === wanted)?.value;
  expect(shown(taskTable.threadHeap.name)).toBeGreaterThan(1_000_000);
  expect(shown(taskTable.threadLag.name)).toBeGreaterThanOrEqual(0);

  await new Promise((resolve) => setTimeout(resolve));
  await eventually(() => {
    const until = performance.now() + 200;
    while (performance.now() < until);
    expect(shown(taskTable.threadLag.name)).toBeGreaterThan(0.1);
  });
});
