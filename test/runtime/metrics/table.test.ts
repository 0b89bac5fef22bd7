import { expect, test } from 'vitest';
import { specsOf, taskSpecs, taskTable, workerTable } from '../../../src/runtime/metrics/table.ts';
import type { MetricDefinition } from '../../../src/sdk/index.ts';

test('the seed finds its names with the labels it has', () => {
  const seed = Object.fromEntries(
    taskSpecs
      .filter(({ name }) => name.startsWith('kafka_'))
      .map(({ name, type, labels }) => [name, [type, ...labels]]),
  );
  expect(seed).toEqual({
    kafka_events_consumed_total: ['counter', 'topic', 'event_type'],
    kafka_events_dlq_total: ['counter', 'topic', 'event_type'],
    kafka_batch_size: ['histogram'],
    kafka_batch_processing_duration_seconds: ['histogram'],
    kafka_current_batch_size: ['gauge'],
    kafka_consumer_lag: ['gauge', 'topic', 'partition'],
    kafka_event_size_bytes: ['histogram'],
  });
});

test('every name stands once, and every histogram has ascending buckets', () => {
  const specs = [...taskSpecs, ...Object.values(workerTable)];
  expect(new Set(specs.map(({ name }) => name)).size).toBe(specs.length);
  for (const { buckets = [] } of specs) expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
});

test("a plugin's metrics become specs", () => {
  expect(
    specsOf({ kafka_events_inserted_snowflake_total: { type: 'counter', help: 'Rows.', labels: ['event_type'] } }),
  ).toEqual([
    { name: 'kafka_events_inserted_snowflake_total', type: 'counter', help: 'Rows.', labels: ['event_type'] },
  ]);
});

test.each<[string, MetricDefinition, string]>([
  ['Rows', { type: 'gauge', help: '' }, 'lower-case letters'],
  ['connect_rows', { type: 'gauge', help: '' }, 'a name of the runtime'],
  [taskTable.batchSize.name, { type: 'gauge', help: '' }, 'a name of the runtime'],
  ['rows', { type: 'counter', help: '' }, 'must end in _total'],
  ['rows', { type: 'gauge', help: '', labels: ['le'] }, 'a label that Prometheus does not take: "le"'],
  ['rows', { type: 'gauge', help: '', labels: ['task'] }, 'must not name the label task'],
  ['seconds', { type: 'histogram', help: '' }, 'needs buckets'],
  ['seconds', { type: 'histogram', help: '', buckets: [2, 1] }, 'ascending order'],
])('a plugin cannot declare %s as %j: it %s', (name, definition, reason) => {
  expect(() => specsOf({ [name]: definition })).toThrow(reason);
});
