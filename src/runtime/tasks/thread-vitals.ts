/**
 * How the thread of a task is: its event loop and its heap. Two series for each task in a thread; the worker's own thread
 * tells the same by the `nodejs_` family. A thread that is held for good takes no snapshots: that is stall-watch.ts's.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { TaskMetrics } from '../metrics/model.ts';
import { taskTable } from '../metrics/table.ts';

/** How often the event loop is looked at, in ms: what Node.js measures begins at this. */
const resolution = 20;
/** Over how long a percentile is taken at least, in ms: longer than a scrape interval, or a scrape would miss some. */
const windowMs = 15_000;

/** Shows the vitals of the thread that it is called in, from now on; the answered function ends it. */
export function showThreadVitals(metrics: TaskMetrics): () => void {
  const lag = metrics.gauge(taskTable.threadLag.name);
  const heap = metrics.gauge(taskTable.threadHeap.name);
  const delays = monitorEventLoopDelay({ resolution });
  delays.enable();
  let since = performance.now();
  let before = 0;

  metrics.beforeSnapshot(() => {
    heap.set(getHeapStatistics().used_heap_size);
    const present = delays.count === 0 ? 0 : Math.max(delays.percentile(99) / 1e9 - resolution / 1000, 0);
    lag.set(Math.max(present, before));
    if (performance.now() - since < windowMs) return;
    since = performance.now();
    before = present;
    delays.reset();
  });
  return () => void delays.disable();
}
