import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ConnectorStatus } from '../../../src/runtime/connect.ts';
import { createRegistry } from '../../../src/runtime/metrics/registry.ts';
import { taskTable as t, taskSpecs } from '../../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../../src/runtime/metrics/task-metrics.ts';
import type { Overview } from '../../../src/runtime/overview/model.ts';
import { createOverview, type Watched } from '../../../src/runtime/overview/overview.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const running = { state: 'RUNNING', worker_id: 'w:8083', version: '1' } as const;

/** A worker with one sink, whose task counts what a test tells it to. */
function sinkWorker() {
  const registry = createRegistry();
  const metrics = createTaskMetrics(taskSpecs, { connector: 'cellar', task: 0 });
  const names = ['cellar'];
  let status: ConnectorStatus = { name: 'cellar', connector: running, tasks: [{ id: 0, ...running }], type: 'sink' };
  const connect: Watched = {
    server: () => ({ version: '1', commit: 'c', kafka_cluster_id: 'k' }),
    health: () => ({ status: 'healthy', message: 'well' }),
    connectors: () => names,
    connector: (name) => ({ name, config: { 'connector.class': 'snowflake-variant' }, tasks: [], type: 'sink' }),
    status: () => status,
    flow: () => ({ endpoint: 'DB.S.T', topics: ['sales'], rejects_to: 'sales.dlq' }),
  };
  const overview = createOverview({ connect, samples: registry.samples });
  onTestFinished(() => overview.close());
  return {
    overview,
    names,
    becomes: (state: ConnectorStatus['tasks'][number]['state']) => {
      status = { ...status, tasks: [{ id: 0, ...running, state }] };
    },
    writes(records: number, seconds = 0.2) {
      metrics.counter(t.recordsWritten.name).add(records);
      metrics.counter(t.bytesRead.name).add(records * 100);
      metrics.histogram(t.endToEnd.name).observe(seconds, records);
      registry.update('cellar-0', metrics.snapshot());
    },
    lags(records: number, seconds = 0) {
      metrics.gauge(t.sinkLag.name).set(seconds);
      metrics.gauge(t.consumerLag.name, { topic: 'sales', partition: '0' }).set(records);
      registry.update('cellar-0', metrics.snapshot());
    },
  };
}

const cellarOf = ({ connectors: [cellar] }: Overview) => cellar ?? expect.fail('there is no connector');

describe('the overview of a worker', () => {
  test('names each connector with what it stands between', () => {
    const { overview } = sinkWorker();
    expect(cellarOf(overview.current())).toMatchObject({
      name: 'cellar',
      class: 'snowflake-variant',
      state: 'RUNNING',
      endpoint: 'DB.S.T',
      topics: ['sales'],
      rejects_to: 'sales.dlq',
    });
  });

  test('has rates over the last seconds, which end when nothing comes any more', () => {
    const { overview, writes } = sinkWorker();
    for (let second = 0; second < 10; second++) {
      writes(50);
      vi.advanceTimersByTime(1_000);
    }
    const busy = cellarOf(overview.current()).numbers;
    expect(busy.records_per_second).toBeCloseTo(50);
    expect(busy.bytes_per_second).toBeCloseTo(5_000);
    expect(busy.records_total).toBe(500);

    vi.advanceTimersByTime(6_000);
    const idle = cellarOf(overview.current()).numbers;
    expect(idle.records_per_second).toBe(0);
    expect(idle.records_total).toBe(500);
  });

  test('has the latency of the last half minute, and none when nothing came', () => {
    const { overview, writes } = sinkWorker();
    writes(10, 40);
    vi.advanceTimersByTime(40_000);
    expect(cellarOf(overview.current()).numbers.latency_seconds).toBeNull();
    writes(100, 0.2);
    vi.advanceTimersByTime(1_000);
    const { p50, p99 } = cellarOf(overview.current()).numbers.latency_seconds ?? { p50: 0, p99: 0 };
    expect(p50).toBeGreaterThan(0.1);
    expect(p99).toBeLessThanOrEqual(0.25);
  });

  test('calls a connector FAILED when one of its tasks is', () => {
    const { overview, becomes } = sinkWorker();
    becomes('FAILED');
    vi.advanceTimersByTime(1_000);
    expect(cellarOf(overview.current()).state).toBe('FAILED');
  });

  test('tells its watchers every second until they go', () => {
    const { overview } = sinkWorker();
    const seen: Overview[] = [];
    const stop = overview.watch((one) => seen.push(one));
    vi.advanceTimersByTime(3_000);
    stop();
    vi.advanceTimersByTime(3_000);
    expect(seen).toHaveLength(3);
  });

  test('says how far behind it is, in records and in seconds', () => {
    const { overview, lags } = sinkWorker();
    expect(cellarOf(overview.current()).numbers).toMatchObject({ lag_records: null, lag_seconds: null });
    lags(40, 12.5);
    vi.advanceTimersByTime(1_000);
    expect(cellarOf(overview.current()).numbers).toMatchObject({ lag_records: 40, lag_seconds: 12.5 });
  });

  test('keeps an hour in columns of one length, and forgets a connector that was deleted', () => {
    const { overview, names, writes, lags } = sinkWorker();
    writes(1);
    vi.advanceTimersByTime(2 * 3600 * 1_000);
    lags(7);
    vi.advanceTimersByTime(5_000);
    const { at, step_seconds, connectors } = overview.history();
    expect(at).toHaveLength(3600 / step_seconds);
    const columns = connectors['cellar'];
    for (const column of Object.values(columns ?? {})) expect(column).toHaveLength(at.length);
    expect(columns?.lag_records.at(-1)).toBe(7);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBe(3600 - step_seconds);

    names.pop();
    vi.advanceTimersByTime(5_000);
    expect(overview.history().connectors).toEqual({});
  });
});
