import { expect, test } from 'vitest';
import { taskSpecs, taskTable } from '../../../src/runtime/metrics/table.ts';
import { bindPluginMetrics, createTaskMetrics, MAX_SERIES } from '../../../src/runtime/metrics/task-metrics.ts';

const base = { connector: 'wine-sink', task: 3 };
const create = () => createTaskMetrics(taskSpecs, base);

test('a bound series is there with 0 before anything was counted, labelled with connector and task', () => {
  const metrics = create();
  metrics.counter(taskTable.eventsDlq.name, { topic: 'sales_events', event_type: 'ORDER_CREATED' });
  expect(metrics.snapshot()).toEqual([
    {
      name: 'kafka_events_dlq_total',
      labels: { connector: 'wine-sink', task: '3', topic: 'sales_events', event_type: 'ORDER_CREATED' },
      value: 0,
    },
  ]);
});

test('binding the same labels twice gives one series', () => {
  const metrics = create();
  metrics.counter(taskTable.batches.name, { closed_by: 'count' }).add(2);
  metrics.counter(taskTable.batches.name, { closed_by: 'count' }).add(3);
  expect(metrics.snapshot().map((sample) => sample.value)).toEqual([5]);
});

test('a histogram counts a value in the first bucket whose bound is not below it, as often as told', () => {
  const metrics = createTaskMetrics(
    [{ name: 'h', type: 'histogram', help: 'h', labels: [], buckets: [1, 10, 100] }],
    base,
  );
  const h = metrics.histogram('h');
  h.observe(0.5);
  h.observe(1, 3);
  h.observe(10);
  h.observe(11, 2);
  h.observe(1000);
  expect(metrics.snapshot()[0]).toMatchObject({
    count: 8,
    value: 0.5 + 3 + 10 + 22 + 1000,
    buckets: [4, 1, 2, 1],
  });
});

test('an age that is negative or no number counts as 0, so that the sum never falls', () => {
  const metrics = create();
  const age = metrics.histogram(taskTable.endToEnd.name);
  age.observe(-5);
  age.observe(Number.NaN);
  expect(metrics.snapshot()[0]).toMatchObject({ count: 2, value: 0 });
});

test('a snapshot is a copy that can cross a thread', () => {
  const metrics = create();
  const sizes = metrics.histogram(taskTable.batchSize.name);
  sizes.observe(100);
  const before = metrics.snapshot();
  sizes.observe(100);
  expect(structuredClone(before)[0]).toMatchObject({ count: 1 });
  expect(metrics.snapshot()[0]).toMatchObject({ count: 2 });
});

test('a counter cannot be turned back', () => {
  const read = create().counter(taskTable.recordsRead.name);
  expect(() => read.add(-1)).toThrow('The counter connect_records_read_total cannot take -1.');
  expect(() => read.add(Number.NaN)).toThrow('cannot take NaN');
});

test('slips of code are named: an unknown metric, a wrong type, a missing and an odd label', () => {
  const metrics = create();
  expect(() => metrics.counter('kafka_event_total')).toThrow('There is no metric kafka_event_total');
  expect(() => metrics.gauge(taskTable.batchSize.name)).toThrow('kafka_batch_size is a histogram, not a gauge');
  expect(() => metrics.counter(taskTable.retries.name)).toThrow('connect_retries_total needs the label stage');
  expect(() => metrics.counter(taskTable.recordsRead.name, { topic: 't' })).toThrow(
    'connect_records_read_total has no label topic; it has none',
  );
});

test('a label without bound ends in the series "other", and nothing is lost of the sum', () => {
  const metrics = create();
  for (let id = 0; id < MAX_SERIES + 500; id++) {
    metrics.counter(taskTable.eventsConsumed.name, { topic: 'sales_events', event_type: `type-${id}` }).add(1);
  }
  const samples = metrics.snapshot();
  expect(samples).toHaveLength(MAX_SERIES + 1);
  expect(samples.find((sample) => sample.labels['event_type'] === 'other')?.value).toBe(500);
  expect(samples.reduce((sum, sample) => sum + sample.value, 0)).toBe(MAX_SERIES + 500);
});

test('a plugin sees the metrics that it declared, with labels given by the call', () => {
  const definitions = {
    cellar_rows: { type: 'gauge', help: 'Rows.' },
    cellar_inserted_total: { type: 'counter', help: 'Inserted.', labels: ['event_type'] },
    cellar_insert_seconds: { type: 'histogram', help: 'Time.', buckets: [1] },
  } as const;
  const specs = Object.entries(definitions).map(([name, definition]) => ({ labels: [], ...definition, name }));
  const metrics = createTaskMetrics(specs, base);
  const bound = bindPluginMetrics(metrics, definitions);
  bound.cellar_rows.set(7);
  bound.cellar_inserted_total.add(2, { event_type: 'ORDER_CREATED' });
  bound.cellar_insert_seconds.observe(0.2);
  expect(metrics.snapshot().map(({ name, value }) => [name, value])).toEqual([
    ['cellar_rows', 7],
    ['cellar_inserted_total', 2],
    ['cellar_insert_seconds', 0.2],
  ]);
});
