import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { createRegistry } from '../../../src/runtime/metrics/registry.ts';
import { specsOf, taskSpecs, taskTable } from '../../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../../src/runtime/metrics/task-metrics.ts';

const worker = () => ({
  version: '0.1.0',
  workerId: '127.0.0.1:8083',
  connectors: [
    { name: 'wine-source', type: 'source', state: 'RUNNING', configChanges: 3 },
    { name: 'wine-sink', type: 'sink', state: 'PAUSED', configChanges: 0 },
  ] as const,
  tasks: [{ connector: 'wine-source', task: 0, state: 'RUNNING', restarts: 2, failures: 1 }] as const,
  threads: 1,
});

const linesOf = (text: string, name: string) => text.split('\n').filter((line) => line.startsWith(name));

test('a snapshot appears as Prometheus text, histograms with cumulative buckets', async () => {
  const registry = createRegistry();
  const metrics = createTaskMetrics(taskSpecs, { connector: 'wine-sink', task: 0 });
  metrics.counter(taskTable.batches.name, { closed_by: 'time' }).add(3);
  const size = metrics.histogram(taskTable.batchSize.name);
  size.observe(4, 2);
  size.observe(100);
  registry.update('wine-sink-0', metrics.snapshot());
  const text = await registry.text();
  expect(text).toContain('connect_batches_total{connector="wine-sink",task="0",closed_by="time"} 3');
  const lines = linesOf(text, 'kafka_batch_size');
  expect(lines).toContain('kafka_batch_size_bucket{connector="wine-sink",task="0",le="1"} 0');
  expect(lines).toContain('kafka_batch_size_bucket{connector="wine-sink",task="0",le="5"} 2');
  expect(lines).toContain('kafka_batch_size_bucket{connector="wine-sink",task="0",le="75"} 2');
  expect(lines).toContain('kafka_batch_size_bucket{connector="wine-sink",task="0",le="+Inf"} 3');
  expect(lines).toContain('kafka_batch_size_sum{connector="wine-sink",task="0"} 108');
  expect(lines).toContain('kafka_batch_size_count{connector="wine-sink",task="0"} 3');
});

test("the worker's state appears as one series per state", async () => {
  const text = await createRegistry({ worker }).text();
  expect(text).toContain('connect_worker_connectors{state="RUNNING"} 1');
  expect(text).toContain('connect_worker_connectors{state="FAILED"} 0');
  expect(text).toContain('connect_connector_state{connector="wine-sink",type="sink",state="PAUSED"} 1');
  expect(text).toContain('connect_connector_state{connector="wine-sink",type="sink",state="RUNNING"} 0');
  expect(text).toContain('connect_task_state{connector="wine-source",task="0",state="RUNNING"} 1');
  expect(text).toContain('connect_task_restarts_total{connector="wine-source",task="0"} 2');
  expect(text).toContain('connect_task_failures_total{connector="wine-source",task="0"} 1');
  expect(text).toContain('connect_connector_config_changes_total{connector="wine-source"} 3');
  expect(text).toContain('connect_worker_threads 1');
  expect(text).toContain('connect_worker_info{version="0.1.0",worker_id="127.0.0.1:8083"} 1');
});

test('the process tells of its event loop, heap and garbage collection', async () => {
  const text = await createRegistry().text();
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_gc_duration_seconds',
  ]) {
    expect(text).toContain(`# TYPE ${name}`);
  }
});

test('a label value may hold anything: quotes, backslashes, line breaks, emoji', async () => {
  const registry = createRegistry();
  const metrics = createTaskMetrics(taskSpecs, { connector: 'ros"é\\\n🍷', task: 0 });
  metrics.counter(taskTable.recordsRead.name).add(1);
  registry.update('r', metrics.snapshot());
  expect(await registry.text()).toContain('connect_records_read_total{connector="ros\\"é\\\\\\n🍷",task="0"} 1');
});

test('two plugins may share a metric when they declare it alike, and are told when they do not', () => {
  const registry = createRegistry();
  const rows = (help: string) => specsOf({ cellar_rows: { type: 'gauge', help } });
  registry.declare(rows('Rows.'));
  registry.declare(rows('Rows of the cellar.'));
  const counter = specsOf({ cellar_rows_total: { type: 'counter', help: 'Rows.' } });
  expect(() => registry.declare([{ ...rows('Rows.')[0], ...counter[0], name: 'cellar_rows' } as never])).toThrow(
    'Two plugins declare the metric cellar_rows differently',
  );
});

const promtool = spawnSync('promtool', ['--version']).error === undefined;

describe.skipIf(!promtool)(`promtool${promtool ? '' : ' (skipped: promtool is not installed)'}`, () => {
  test('has no complaint about all that a worker with one source and one sink shows', async () => {
    const registry = createRegistry({ worker });
    const metrics = createTaskMetrics(taskSpecs, { connector: 'wine-sink', task: 0 });
    for (const { name, type, labels } of taskSpecs) {
      metrics[type](name, Object.fromEntries(labels.map((label) => [label, 'x'])));
    }
    registry.update('wine-sink-0', metrics.snapshot());
    const checked = execFileSync('promtool', ['check', 'metrics'], { input: await registry.text(), encoding: 'utf8' });
    expect(checked).toBe('');
  });
});
