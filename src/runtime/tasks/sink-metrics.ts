/** What a sink task counts, per batch. Handles are bound once; event types and topics bind theirs when they first come. */
import type { Position, Stage } from '../../sdk/index.ts';
import type { TaskMetrics } from '../metrics/model.ts';
import { createStageClock, type StageClock } from '../metrics/stage-clock.ts';
import { type CloseReason, closeReasons, stagesOf, taskTable, UNKNOWN_EVENT_TYPE } from '../metrics/table.ts';
import type { Refused, SinkBatch } from './sink-batch.ts';

/** Where a sink can lose a record: its stages have series from the start. */
const errorStages: readonly Stage[] = ['VALUE_CONVERTER', 'TRANSFORMATION', 'TASK_PUT'];

export interface SinkMetrics {
  /** A batch that is settled: written, rejects handled, offsets committed. */
  settled(
    batch: SinkBatch,
    /** What the destination refused. */
    refusedLate: readonly Refused[],
    closedBy: CloseReason,
    seconds: { readonly total: number; readonly write: number },
  ): void;
  lag(position: Position, highWatermark: bigint): void;
  /** Asked at every snapshot: it grows while nothing happens. */
  lagSeconds(age: () => number): void;
  /** Partitions were assigned. */
  rebalanced(): void;
  readonly clock: StageClock;
  open(records: number, bufferedBytes: number): void;
  /** Between batches as well: a destination that stands still is when this is looked at. */
  buffered(bytes: number): void;
  retried(): void;
}

export function createSinkMetrics(
  metrics: TaskMetrics,
  schemaTypes: readonly string[],
  topics: readonly string[],
): SinkMetrics {
  const t = taskTable;
  const handles = {
    batchSize: metrics.histogram(t.batchSize.name),
    processing: metrics.histogram(t.batchProcessing.name),
    current: metrics.gauge(t.currentBatchSize.name),
    eventSize: metrics.histogram(t.eventSize.name),
    read: metrics.counter(t.recordsRead.name),
    written: metrics.counter(t.recordsWritten.name),
    filtered: metrics.counter(t.recordsSkipped.name, { reason: 'filtered' }),
    alreadyWritten: metrics.counter(t.recordsSkipped.name, { reason: 'already_written' }),
    bytesRead: metrics.counter(t.bytesRead.name),
    batchRecords: metrics.histogram(t.batchRecords.name),
    batchBytes: metrics.histogram(t.batchBytes.name),
    write: metrics.histogram(t.writeDuration.name),
    retries: metrics.counter(t.retries.name, { stage: 'TASK_PUT' }),
    buffered: metrics.gauge(t.bufferedBytes.name),
    endToEnd: metrics.histogram(t.endToEnd.name),
    sinkLag: metrics.gauge(t.sinkLag.name),
    rebalances: metrics.counter(t.rebalances.name),
    closed: Object.fromEntries(closeReasons.map((by) => [by, metrics.counter(t.batches.name, { closed_by: by })])),
  };
  for (const stage of errorStages) metrics.counter(t.recordErrors.name, { stage });
  const types = new Set(schemaTypes);
  const consumed = (topic: string, type: string) => metrics.counter(t.eventsConsumed.name, { topic, event_type: type });
  const dlq = (topic: string, type: string) => metrics.counter(t.eventsDlq.name, { topic, event_type: type });
  // A fresh dashboard shows zeros, not gaps.
  for (const topic of topics) {
    for (const type of [...types, UNKNOWN_EVENT_TYPE]) {
      consumed(topic, type).add(0);
      dlq(topic, type).add(0);
    }
  }
  const label = (type: string | undefined) => (type !== undefined && types.has(type) ? type : UNKNOWN_EVENT_TYPE);

  return {
    settled(batch, refusedLate, closedBy, seconds) {
      const now = Date.now();
      for (const [topic, counts] of batch.taken) for (const [type, n] of counts) consumed(topic, label(type)).add(n);
      const refused = tally(
        [...batch.refused, ...refusedLate].map(({ rejected, type }) => ({ topic: rejected.origin.topic, type })),
      );
      for (const [topic, counts] of refused) for (const [type, n] of counts) dlq(topic, type).add(n);
      for (const size of batch.sizes) handles.eventSize.observe(size);
      for (const { timestamp } of batch.records) handles.endToEnd.observe((now - timestamp) / 1000);
      handles.batchSize.observe(batch.consumed);
      handles.processing.observe(seconds.total);
      handles.write.observe(seconds.write);
      handles.read.add(batch.consumed);
      handles.written.add(batch.records.length - refusedLate.length);
      handles.filtered.add(batch.filtered);
      handles.alreadyWritten.add(batch.alreadyWritten);
      handles.bytesRead.add(batch.bytes);
      handles.batchRecords.observe(batch.consumed);
      handles.batchBytes.observe(batch.bytes);
      handles.closed[closedBy]?.add(1);
    },
    lag({ topic, partition, next }, highWatermark) {
      const behind = highWatermark > next ? Number(highWatermark - next) : 0;
      metrics.gauge(t.consumerLag.name, { topic, partition: String(partition) }).set(behind);
    },
    lagSeconds: (age) => metrics.beforeSnapshot(() => handles.sinkLag.set(age())),
    clock: createStageClock(metrics, stagesOf.sink),
    rebalanced: () => handles.rebalances.add(1),
    open(records, bufferedBytes) {
      handles.current.set(records);
      handles.buffered.set(bufferedBytes);
    },
    buffered: (bytes) => handles.buffered.set(bytes),
    retried: () => handles.retries.add(1),
  };

  function tally(events: readonly { readonly topic: string; readonly type: string | undefined }[]) {
    const counts = new Map<string, Map<string, number>>();
    for (const { topic, type } of events) {
      const of = counts.get(topic) ?? new Map<string, number>();
      counts.set(topic, of);
      of.set(label(type), (of.get(label(type)) ?? 0) + 1);
    }
    return counts;
  }
}
