/**
 * One time of owning partitions: batch after batch until the partitions are taken away or the task is to stop. While
 * one batch is being written the next is filled; never are two written at once.
 *
 * For each batch, in this order: `write` (rows and positions, all or nothing; what the destination refuses goes to the
 * error handler before), then the rejects and the group offset of each partition together in one Kafka transaction; a
 * plain commit for partitions that have no rejects.
 *
 * A batch is closed by count, by bytes, after its linger time, and without waiting when it holds the end of what was in
 * the topics before the assignment.
 */
import type { Mark, Position, SinkRecord, SinkTask, TopicPartition } from '../../sdk/index.ts';
import type { Assigned, Beginning, FetchedBatch } from '../kafka/consumer-model.ts';
import { keyOf } from '../kafka/offsets.ts';
import type { TopicMessages } from '../kafka/producer.ts';
import type { Recreated } from '../kafka/recreated.ts';
import type { CloseReason } from '../metrics/table.ts';
import { rejectedFrom } from '../records/decode.ts';
import type { RetryPolicy } from '../retry.ts';
import { writeDurably } from './destination.ts';
import type { Feed } from './feed.ts';
import type { Rejects } from './rejects.ts';
import { byPartition } from './settler.ts';
import { type BatchRules, createSinkBatch, landmark, type Origin, type Refused, type SinkBatch } from './sink-batch.ts';
import type { SinkMetrics } from './sink-metrics.ts';
import type { StartingPoint } from './starting-point.ts';

export interface Membership {
  readonly assigned: readonly Assigned[];
  /** Aborted when the partitions are taken away, or when one of them is of another topic than before. */
  readonly revoked: AbortController;
  /** Resolved with where to begin. */
  readonly begun: PromiseWithResolvers<readonly Beginning[]>;
  /** A partition that turned out to be of another topic. */
  recreated?: Recreated;
  /** What is to be said of partitions when they are read, by their keys. */
  warnings?: Map<string, string>;
}

/** Leaves a membership that is over. Never a failure of the task. */
export class Revoked extends Error {}

export interface SinkTotals {
  consumed: number;
  written: number;
  rejected: number;
}

export interface MembershipOptions {
  readonly sink: SinkTask;
  /** The sink's name, for the headers of what it refuses. */
  readonly component: string;
  /** Where each of the partitions begins. */
  readonly points: readonly StartingPoint[];
  readonly rules: Omit<BatchRules, 'doneBefore'>;
  readonly feed: Feed;
  readonly rejects: Rejects;
  readonly metrics: SinkMetrics;
  readonly totals: SinkTotals;
  readonly policy: RetryPolicy;
  readonly abort: AbortSignal;
  readonly stopping: () => boolean;
  readonly onRetry: (error: unknown, attempt: number, delayMs: number) => void;
  /** Writes messages of a partition to Kafka and, with `next`, settles it in the same transaction. */
  readonly commit: (at: TopicPartition, messages: readonly TopicMessages[], next?: Mark) => Promise<void>;
  /** Settles partitions that have nothing to write. */
  readonly commitOffsets: (positions: readonly Position[]) => Promise<void>;
  /** A batch is settled. */
  readonly onSettled: (positions: readonly Position[]) => void;
}

export interface ServedMembership {
  /** Resolves when the task is to stop and all is settled; rejects with `Revoked` when the partitions are gone. */
  readonly ended: Promise<void>;
  /** Nothing is open and nothing is being written. */
  readonly idle: boolean;
}

export function serveMembership(own: Membership, options: MembershipOptions): ServedMembership {
  const { sink, rules, feed, rejects, metrics, totals, policy, abort, stopping } = options;
  const revoked = own.revoked.signal;
  const giveUp = AbortSignal.any([abort, revoked]);
  const points = new Map(options.points.map((point) => [keyOf(point), point]));
  const doneBefore = (at: TopicPartition) => points.get(keyOf(at)) ?? nothingDone;
  const fresh = () => createSinkBatch({ ...rules, doneBefore });

  /** Partition → where its backlog ends, until it has been read: what lay there before the assignment has waited enough. */
  const backlog = new Map(options.points.flatMap((at) => (at.start < at.end ? [[keyOf(at), at.end] as const] : [])));
  let batch = fresh();
  let writing = false;
  let flushing: Promise<void> = Promise.resolve();
  const failed: unknown[] = [];

  async function close(closedBy: CloseReason): Promise<void> {
    await flushing;
    const closed = batch;
    batch = fresh();
    writing = true;
    flushing = flush(closed, closedBy);
    flushing.catch((error) => {
      failed.push(error);
      feed.wake();
    });
  }

  /** True once: when the last of the backlog is in the batch. */
  function endsBacklog(fetched: FetchedBatch): boolean {
    const end = backlog.get(keyOf(fetched));
    if (end === undefined || fetched.next < end) return false;
    backlog.delete(keyOf(fetched));
    return backlog.size === 0;
  }

  async function serve(): Promise<void> {
    try {
      while (failed.length === 0 && !stopping() && !revoked.aborted) {
        const fetched = await metrics.clock.during('fetch', feed.take(batch.deadline));
        if (fetched === undefined) {
          if (batch.deadline !== undefined && performance.now() >= batch.deadline) await close('time');
          continue;
        }
        for (let from = 0; from < fetched.messages.length && !stopping() && !revoked.aborted; ) {
          from = batch.add(fetched, from);
          metrics.open(batch.consumed, feed.bytes);
          if (batch.full !== undefined) await close(batch.full);
        }
        if (endsBacklog(fetched) && batch.consumed > 0) await close('time');
      }
      if (failed.length === 0 && !revoked.aborted && batch.consumed > 0) await close('stop');
    } finally {
      // Whatever comes next must not meet a write of ours.
      await flushing.catch(() => undefined);
    }
    if (failed.length > 0) throw failed[0];
    revoked.throwIfAborted();
  }

  async function flush(closed: SinkBatch, closedBy: CloseReason): Promise<void> {
    const began = performance.now();
    totals.consumed += closed.consumed;
    // A task that stops at the first reject writes nothing of its batch.
    rejects.mustBeTolerated(closed.refused.map(({ rejected }) => rejected));
    const refusedLate: Refused[] = [];
    // While records are read again that the destination has, its position must not go back to theirs.
    const moved = closed.positions.filter((position) => position.next > doneBefore(position).writtenUpTo);
    const originOf = originsOf(closed);
    const written = writeDurably(closed.records, moved, {
      sink,
      positionAfter: (record) => {
        const { topic, partition, message } = originOf(record);
        return { topic, partition, next: BigInt(message.offset) + 1n, last: landmark(message) };
      },
      policy,
      abort,
      giveUp,
      onRetry: options.onRetry,
      onRefused: async (refused) => {
        const rejected = refused.map(({ record, error }) => {
          const { topic, partition, message } = originOf(record);
          return rejectedFrom(topic, partition, message, 'TASK_PUT', error, options.component);
        });
        for (const { position, entries } of byPartition(closed.positions, rejected, ({ origin }) => origin)) {
          const messages = await rejects.handle(entries, abort);
          if (messages.length > 0) await options.commit(position, messages);
        }
        refusedLate.push(...rejected.map((one, i) => ({ rejected: one, type: refused[i]?.record.type })));
      },
    });
    await metrics.clock.during('write', written);
    const seconds = (performance.now() - began) / 1000;
    totals.written += closed.records.length - refusedLate.length;
    totals.rejected += closed.refused.length + refusedLate.length;
    await metrics.clock.during('commit', settle(closed));
    writing = false;
    options.onSettled(closed.positions);
    metrics.settled(closed, refusedLate, closedBy, { total: (performance.now() - began) / 1000, write: seconds });
    for (const stage of ['decode', 'validate', 'transform'] as const) metrics.clock.add(stage, closed.spent[stage]);
    metrics.open(batch.consumed, feed.bytes);
  }

  async function settle({ positions: reached, refused }: SinkBatch): Promise<void> {
    const plain: Position[] = [];
    // While rows are written again that the destination has lost, the group offset must not go back to theirs.
    const positions = reached.filter((position) => position.next > doneBefore(position).handledUpTo);
    for (const { position, entries } of byPartition(positions, refused, ({ rejected }) => rejected.origin)) {
      const messages = await rejects.handle(
        entries.map(({ rejected }) => rejected),
        abort,
      );
      revoked.throwIfAborted();
      if (messages.length > 0) await options.commit(position, messages, position);
      else plain.push(position);
    }
    revoked.throwIfAborted();
    if (plain.length > 0) await options.commitOffsets(plain);
  }

  return {
    ended: serve(),
    get idle() {
      return !writing && batch.consumed === 0;
    },
  };
}

const nothingDone = { writtenUpTo: 0n, handledUpTo: 0n };

/** Looks up where records came from; nearly no batch asks. */
function originsOf({ records, origins }: SinkBatch): (record: SinkRecord) => Origin {
  let known: Map<SinkRecord, Origin> | undefined;
  return (record) => {
    known ??= new Map(records.map((one, i) => [one, origins[i] as Origin]));
    const origin = known.get(record);
    if (origin === undefined) throw new Error('a sink refused a record that is not in its batch');
    return origin;
  };
}
