import type {
  JsonValue,
  Mark,
  Position,
  SinkBatch,
  SinkPlugin,
  SinkRecord,
  SinkTask,
  TopicPartition,
} from '../sdk/index.ts';
import { type ContextOptions, contextFor, type Recorded } from './context.ts';
import { positionsAfter, sinkRecords } from './records.ts';

export interface WriteBatchesOptions extends ContextOptions {
  /** One batch of these: full records, or bare values that become records of topic `test`, partition 0, from offset 0. */
  readonly records?: readonly SinkRecord[] | readonly JsonValue[];
  /** Several batches, one after another. */
  readonly batches?: readonly SinkBatch[];
}

export interface WriteResult extends Recorded {
  /** What the destination says afterwards; undefined for a sink without `positions`. */
  readonly positions: readonly Position[] | undefined;
}

/**
 * Opens a sink, writes to it as the runtime would (asks for its positions first) and closes it again.
 *
 * @example
 * const { logs } = await writeBatches(consoleSink, { records: [{ n: 1 }, { n: 2 }] });
 * console.log(logs[1].message); // {"n":2}
 */
export async function writeBatches(sink: SinkPlugin, options: WriteBatchesOptions): Promise<WriteResult> {
  const batches = [...(options.batches ?? [])];
  if (options.records !== undefined) batches.push(batchOf(asRecords(options.records)));
  const partitions = distinctPartitions(batches);
  const signal = options.signal ?? new AbortController().signal;
  const { task, recorded, close, write } = await openSink(sink, options);
  try {
    await task.positions?.(partitions, signal);
    for (const batch of batches) await write(batch);
    const stored = await task.positions?.(partitions, signal);
    return {
      ...recorded,
      positions: stored && partitions.flatMap((partition, i) => positionAt(partition, stored[i])),
    };
  } finally {
    await close();
  }
}

/** A sink that runs, and what it says. */
export interface OpenedSink {
  readonly task: SinkTask;
  readonly recorded: Recorded;
  /** Writes a batch and counts the totals as the runtime does. */
  write(batch: SinkBatch): Promise<void>;
  close(): Promise<void>;
}

/** Opens a sink, for tests that {@link writeBatches} is too short for. */
export async function openSink(sink: SinkPlugin, options: ContextOptions): Promise<OpenedSink> {
  const { ctx, recorded } = contextFor(sink, options);
  const totals = { consumed: 0, written: 0, rejected: 0 };
  const task = await sink.open({ ...ctx, totals });
  return {
    task,
    recorded,
    async write(batch) {
      totals.consumed += batch.records.length;
      await task.write(batch, ctx.signal);
      totals.written += batch.records.length;
    },
    close: async () => task.close?.(),
  };
}

/** A batch of records, with the position after the last one of each partition. */
export function batchOf(records: readonly SinkRecord[]): SinkBatch {
  return { records, positions: positionsAfter(records) };
}

function asRecords(given: readonly SinkRecord[] | readonly JsonValue[]): readonly SinkRecord[] {
  return given.every(isRecord) ? given : sinkRecords(given as readonly JsonValue[]);
}

function isRecord(given: SinkRecord | JsonValue): given is SinkRecord {
  return typeof given === 'object' && given !== null && 'offset' in given && typeof given.offset === 'bigint';
}

function distinctPartitions(batches: readonly SinkBatch[]): readonly TopicPartition[] {
  const found = new Map<string, TopicPartition>();
  for (const { topic, partition } of batches.flatMap((batch) => batch.positions)) {
    found.set(`${topic}-${partition}`, { topic, partition });
  }
  return [...found.values()];
}

function positionAt(partition: TopicPartition, stored: bigint | Mark | undefined): readonly Position[] {
  if (stored === undefined) return [];
  return [{ ...partition, ...(typeof stored === 'bigint' ? { next: stored } : stored) }];
}
