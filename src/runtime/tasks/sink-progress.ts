/**
 * How far a sink task is, partition by partition: what is settled, what was read, where the log ends, and so the lag, in
 * records and in time.
 * Control records count as settled once nothing is left before them, so that "all of it" can come true.
 *
 * The end of the log is known from every fetch; while fetching is paused it is asked for, since that is when the lag
 * grows and somebody wants to know.
 */
import type { Position, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from '../kafka/client.ts';
import type { Assigned, FetchedBatch } from '../kafka/consumer-model.ts';
import { keyOf, topicEnds } from '../kafka/offsets.ts';
import type { SinkMetrics } from './sink-metrics.ts';
import type { Lane } from './stall.ts';
import { createUnsettled } from './unsettled.ts';

export interface SinkProgress {
  readonly settled: readonly Position[];
  /** Each partition as a lane; between two assignments those of the first. */
  readonly lanes: readonly Lane[];
  assigned(partitions: readonly Assigned[]): void;
  /** The partitions are somebody else's: they are no lag of ours. */
  revoked(): void;
  fetched(batch: FetchedBatch): void;
  /** A fetch says where the log ends. */
  saw(at: TopicPartition, highWatermark: bigint): void;
  /** Nothing of `from` to `next` is for us. */
  skipped(at: TopicPartition, from: bigint, next: bigint): void;
  settle(position: Position): void;
  close(): void;
}

/** How old a lag may be that nobody fetches for, in ms. */
const refreshEveryMs = 5_000;

export function trackProgress(client: KafkaClient, metrics: SinkMetrics): SinkProgress {
  const settled = new Map<string, Position>();
  const ends = new Map<string, bigint>();
  const skips = new Map<string, { readonly from: bigint; readonly next: bigint }>();
  const delivered = new Map<string, bigint>();
  const unsettled = createUnsettled();
  let former: readonly Lane[] | undefined;
  metrics.lagSeconds(() => unsettled.oldest(Date.now()));

  function lanes(): readonly Lane[] {
    return [...settled].map(([name, { next }]) => {
      const [read, end] = [delivered.get(name) ?? next, ends.get(name) ?? next];
      return { name, settled: next, delivered: read, end };
    });
  }

  function showLag(at: TopicPartition): void {
    const [position, end] = [settled.get(keyOf(at)), ends.get(keyOf(at))];
    if (position === undefined || end === undefined) return;
    metrics.lag(position, end);
    unsettled.stands(at, position.next, end);
  }

  function settle(position: Position): void {
    const key = keyOf(position);
    const skip = skips.get(key);
    const next =
      skip !== undefined && position.next >= skip.from && position.next < skip.next ? skip.next : position.next;
    if (skip !== undefined && next >= skip.next) skips.delete(key);
    settled.set(key, { ...position, next });
    showLag(position);
  }

  function saw(at: TopicPartition, highWatermark: bigint): void {
    ends.set(keyOf(at), highWatermark);
    showLag(at);
  }

  async function refresh(): Promise<void> {
    const partitions = [...settled.values()];
    for (const [key, { latest }] of await topicEnds(client, partitions)) if (settled.has(key)) ends.set(key, latest);
    partitions.forEach(showLag);
  }
  const timer = setInterval(() => {
    // Kafka that does not answer is somebody else's to report.
    void refresh().catch(() => undefined);
  }, refreshEveryMs);
  timer.unref();

  return {
    get settled() {
      return [...settled.values()];
    },
    get lanes() {
      return former ?? lanes();
    },
    assigned(partitions) {
      former = undefined;
      for (const { topic, partition, start, end } of partitions) {
        ends.set(keyOf({ topic, partition }), end);
        settle({ topic, partition, next: start });
      }
    },
    revoked() {
      for (const position of settled.values()) metrics.lag(position, position.next);
      // What was read is dropped, and read again by whoever is assigned next.
      former ??= lanes().map((lane) => ({ ...lane, delivered: lane.settled }));
      settled.clear();
      ends.clear();
      skips.clear();
      delivered.clear();
      unsettled.clear();
    },
    fetched(batch) {
      delivered.set(keyOf(batch), batch.next);
      // What a consumer delivers late, after its partitions were taken away, is somebody else's.
      if (settled.has(keyOf(batch))) unsettled.fetched(batch);
      saw(batch, batch.highWatermark);
    },
    saw,
    skipped(at, from, next) {
      const key = keyOf(at);
      const before = skips.get(key);
      // Skips that follow each other are one.
      skips.set(key, { from: before?.next === from ? before.from : from, next });
      const position = settled.get(key);
      if (position !== undefined) settle(position);
    },
    settle,
    close: () => clearInterval(timer),
  };
}
