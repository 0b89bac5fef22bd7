/** An overview as a worker gives it, of connectors that a test names. */
import type { ConnectorState } from '../../src/runtime/connect.ts';
import type { ConnectorOverview, Overview } from '../../src/runtime/overview/model.ts';

export const connectorOverview = (
  name: string,
  state: ConnectorState = 'RUNNING',
  trace?: string,
): ConnectorOverview => {
  const info = { state, worker_id: 'w:8083', version: '1', trace };
  return {
    name,
    type: 'sink',
    class: 'snowflake-variant',
    state,
    connector: { ...info, state: 'RUNNING', trace: undefined },
    tasks: [{ id: 0, ...info }],
    endpoint: 'DB.S.T',
    topics: ['sales_events'],
    rejects_to: 'sales_events.dlq',
    numbers: {
      records_per_second: 1234.5,
      bytes_per_second: 4000,
      rejected_per_second: 0,
      records_total: 98765,
      rejected_total: 2,
      retries_total: 0,
      lag_records: 12,
      lag_seconds: null,
      latency_seconds: { p50: 0.2, p95: 0.42, p99: 3 },
    },
  };
};

export const overviewWith = (...connectors: readonly ConnectorOverview[]): Overview => ({
  at: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  worker: {
    version: '0.1.0',
    kafka_cluster_id: 'k',
    health: { status: 'healthy', message: 'well' },
    since: 0,
  },
  connectors,
});
