/**
 * The runtime's metrics as one table: the only place where a name, a help text, a label or a bucket is written down.
 *
 * `taskTable` is what a task counts, through `createTaskMetrics` and by `taskTable.….name`; `workerTable` is what the
 * registry derives from the worker's own state when it is asked. The names that begin with `kafka_` are those of the
 * system that caves-connect replaces, for its dashboards; every connector has the `connect_` family.
 * `connector` and `task` are on every metric of a task and do not stand among the labels here.
 * A plugin's own metrics (`snowflake_…`) are declared by the plugin and join by `specsOf`.
 */
import type { MetricDefinitions } from '../../sdk/index.ts';
import type { MetricSpec } from './model.ts';

type Labels = readonly string[];

const counter = (name: string, help: string, labels: Labels = []): MetricSpec => ({
  name,
  type: 'counter',
  help,
  labels,
});
const gauge = (name: string, help: string, labels: Labels = []): MetricSpec => ({ name, type: 'gauge', help, labels });
const histogram = (name: string, help: string, buckets: readonly number[], labels: Labels = []): MetricSpec => ({
  name,
  type: 'histogram',
  help,
  labels,
  buckets,
});

/** From a millisecond to a minute: how long work takes. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** From ten milliseconds to an hour: how old an event is. Close together around the second that a slow stream takes. */
const ages = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60, 300, 900, 3600];
/** Records in a batch. */
const sizes = [1, 5, 10, 25, 50, 75, 100, 250, 500, 1000, 2500, 5000, 10_000];
/** Bytes of one event: wine events lie between 300 and 500. */
const eventBytes = [64, 128, 256, 384, 512, 768, 1024, 2048, 4096, 16_384, 65_536, 262_144, 1_048_576];
/** Bytes of one batch. */
const batchBytes = [1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216];

/** Why a batch (of a source: a transaction) was closed: values of the label `closed_by`. */
export const closeReasons = ['count', 'bytes', 'time', 'stop'] as const;
export type CloseReason = (typeof closeReasons)[number];

/**
 * What a task spends its time on: values of the label `stage` of `connect_stage_seconds_total`. `fetch` is waiting for
 * records; `encode` is of sources, `decode` and `commit` of sinks: the transaction of a source is its `write`.
 */
export const stages = ['fetch', 'decode', 'validate', 'transform', 'encode', 'write', 'commit'] as const;
export type TimedStage = (typeof stages)[number];
export const stagesOf = {
  source: ['fetch', 'transform', 'validate', 'encode', 'write'],
  sink: ['fetch', 'decode', 'validate', 'transform', 'write', 'commit'],
} as const satisfies Readonly<Record<string, readonly TimedStage[]>>;

/** The label value for an event whose type is missing or has no schema. */
export const UNKNOWN_EVENT_TYPE = 'unknown';

/** What a task counts. */
export const taskTable = {
  // Sinks, by the names of the seed.
  eventsConsumed: counter('kafka_events_consumed_total', 'Events read from Kafka.', ['topic', 'event_type']),
  eventsDlq: counter('kafka_events_dlq_total', 'Events sent to the dead letter queue.', ['topic', 'event_type']),
  batchSize: histogram('kafka_batch_size', 'Events in a batch when it was closed.', sizes),
  batchProcessing: histogram(
    'kafka_batch_processing_duration_seconds',
    'Time from the closing of a batch to the commit of its offsets.',
    durations,
  ),
  currentBatchSize: gauge('kafka_current_batch_size', 'Events in the batch that is being filled or written.'),
  consumerLag: gauge('kafka_consumer_lag', 'Events in a partition that the sink has not yet settled.', [
    'topic',
    'partition',
  ]),
  eventSize: histogram('kafka_event_size_bytes', 'Size of an event: its value as it lies in Kafka.', eventBytes),
  sinkLag: gauge(
    'connect_sink_lag_seconds',
    'Age of the oldest record that a sink has not yet settled, by its own time stamp; 0 when nothing is behind.',
  ),
  rebalances: counter(
    'connect_sink_rebalances_total',
    'Assignments of partitions to a sink task: its first, and one after each rebalance or replaced consumer.',
  ),

  // Every connector.
  recordsRead: counter('connect_records_read_total', 'Records that a source has yielded or a sink has fetched.'),
  recordsWritten: counter(
    'connect_records_written_total',
    'Records that are durable: committed to Kafka by a source, written to the destination by a sink.',
  ),
  recordsSkipped: counter(
    'connect_records_skipped_total',
    'Records that a transform filtered out, or that the destination held already after a restart.',
    ['reason'],
  ),
  recordErrors: counter('connect_record_errors_total', 'Records that a stage refused.', ['stage']),
  bytesRead: counter('connect_read_bytes_total', 'Bytes of keys and values that a sink has read from Kafka.'),
  bytesWritten: counter('connect_written_bytes_total', 'Bytes of keys and values that a source has written to Kafka.'),
  batches: counter('connect_batches_total', 'Batches written, by what closed them.', ['closed_by']),
  batchRecords: histogram('connect_batch_records', 'Records in a batch.', sizes),
  batchBytes: histogram('connect_batch_size_bytes', 'Bytes in a batch.', batchBytes),
  writeDuration: histogram(
    'connect_write_duration_seconds',
    'Time to make a batch durable: the transaction of a source, the write of a sink.',
    durations,
  ),
  retries: counter('connect_retries_total', 'Calls that were made again after a retriable error.', ['stage']),
  bufferedBytes: gauge('connect_buffered_bytes', 'Bytes held between reading and writing.'),
  endToEnd: histogram(
    'connect_end_to_end_seconds',
    "Time from a record's own time stamp until it was durable where the connector writes it.",
    ages,
  ),
  stageSeconds: counter(
    'connect_stage_seconds_total',
    'Time that a task has spent in a stage; stages of one task may run side by side.',
    ['stage'],
  ),

  // Tasks in threads of their own; the worker's own thread tells by the nodejs_ family.
  threadLag: gauge(
    'connect_thread_eventloop_lag_seconds',
    "How long the event loop of a task's thread was held up, 99th percentile of the last seconds.",
  ),
  threadHeap: gauge('connect_thread_heap_used_bytes', "Heap that a task's thread uses."),
} as const satisfies Readonly<Record<string, MetricSpec>>;

/** What `createTaskMetrics` takes for a task without metrics of its plugin. */
export const taskSpecs: readonly MetricSpec[] = Object.values(taskTable);

/** What the registry derives from the worker's state. Here the labels are complete. */
export const workerTable = {
  info: gauge('connect_worker_info', 'The running worker; always 1.', ['version', 'worker_id']),
  connectors: gauge('connect_worker_connectors', 'Connectors of the worker, by state.', ['state']),
  tasks: gauge('connect_worker_tasks', 'Tasks of the worker, by state.', ['state']),
  connectorState: gauge('connect_connector_state', '1 for the state that a connector is in, else 0.', [
    'connector',
    'type',
    'state',
  ]),
  taskState: gauge('connect_task_state', '1 for the state that a task is in, else 0.', ['connector', 'task', 'state']),
  taskStalled: gauge(
    'connect_task_stalled_seconds',
    'How long a task has stood still although there is work for it; 0 while it flows.',
    ['connector', 'task'],
  ),
  taskRestarts: counter('connect_task_restarts_total', 'Starts of a task after its first.', ['connector', 'task']),
  taskFailures: counter('connect_task_failures_total', 'How often a task has become FAILED.', ['connector', 'task']),
  configChanges: counter(
    'connect_connector_config_changes_total',
    'Configurations of a connector that differed from the one before, since the worker started.',
    ['connector'],
  ),
  threads: gauge('connect_worker_threads', 'Tasks of the worker that run in threads of their own.'),
} as const satisfies Readonly<Record<string, MetricSpec>>;

/** A plugin's declared metrics as specs. What is wrong with one is an error that names it. */
export function specsOf(definitions: MetricDefinitions): readonly MetricSpec[] {
  return Object.entries(definitions).map(([name, { type, help, labels = [], buckets }]) => {
    const problem = problemOf(name, type, labels, buckets);
    if (problem !== undefined) throw new Error(`The metric ${JSON.stringify(name)} of a plugin ${problem}`);
    return buckets === undefined ? { name, type, help, labels } : { name, type, help, labels, buckets };
  });
}

function problemOf(name: string, type: MetricSpec['type'], labels: Labels, buckets?: readonly number[]) {
  if (!/^[a-z][a-z0-9_]*$/.test(name)) return 'must have a name of lower-case letters, digits and underscores.';
  if (/^(connect|process|nodejs)_/.test(name) || taskSpecs.some((spec) => spec.name === name)) {
    return 'has a name of the runtime; begin it with a word of the plugin.';
  }
  if (type === 'counter' && !name.endsWith('_total')) return 'is a counter and must end in _total.';
  const bad = labels.find((label) => !/^[a-z][a-z0-9_]*$/.test(label) || label === 'le');
  if (bad !== undefined) return `has a label that Prometheus does not take: ${JSON.stringify(bad)}.`;
  const own = labels.find((label) => label === 'connector' || label === 'task');
  if (own !== undefined) return `must not name the label ${own}: it is always there.`;
  if (type === 'histogram' && (buckets === undefined || buckets.length === 0))
    return 'is a histogram and needs buckets.';
  if (buckets?.some((bound, i) => !Number.isFinite(bound) || (i > 0 && bound <= (buckets[i - 1] ?? 0)))) {
    return 'must have finite buckets in ascending order.';
  }
  return undefined;
}
