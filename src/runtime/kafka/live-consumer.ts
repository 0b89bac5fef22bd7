/**
 * One kafkajs consumer from its birth to its end, with the work-arounds for what kafkajs 2.2.4 does wrong in between;
 * consumer.ts says what its user may rely on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { Position, TopicPartition } from '../../sdk/index.ts';
import { withRetries } from '../retry.ts';
import type { Assigned, ConsumerOptions, FetchedBatch } from './consumer-model.ts';
import { createDeparture } from './departure.ts';
import { disconnect } from './disconnect.ts';
import { classifyKafkaError, kafkaReason } from './errors.ts';
import { committedOffsets, keyOf, offsetsByTopic, topicEnds } from './offsets.ts';
import { createReading } from './reading.ts';
import { type Recreated, TopicRecreatedError } from './recreated.ts';
import { watchSigns } from './signs.ts';

/** A member that reads or pauses gives a sign more often: without one for so long, in seconds, Kafka does not answer. */
const quietSeconds = 5;
/** Silence for this long means that kafkajs, or its connection, has died without a word; a rebalance takes less. */
const deadSeconds = 25;

export interface LiveConsumer {
  readonly ended: Promise<Ending>;
  pause(): void;
  resume(): void;
  end(reason: string): void;
  commit(offsets: readonly Position[]): Promise<void>;
}

export interface Ending {
  readonly joined: boolean;
  readonly reason: string;
  /** What ended it, if it was one of Kafka's or kafkajs's. */
  readonly error?: unknown;
  /** What the group may still hold it for. */
  readonly member?: string | undefined;
}

/** Never throws: `ended` tells what became of it. `former` was a member before it and may not have left. */
export function startConsumer(options: ConsumerOptions, closing: AbortSignal, former?: string): LiveConsumer {
  const { client, groupId, log } = options;
  const departure = createDeparture();
  const consumer = client.consumer({ ...options, assigner: departure.assigner });
  const end = Promise.withResolvers<{ readonly reason: string; readonly error?: unknown }>();
  const fail = (error: unknown) => {
    client.connection.failed(error);
    end.resolve({ reason: kafkaReason(error), error });
  };
  const firstJoin = Promise.withResolvers<void>();
  let running = false;
  let joined = false;
  let member = former;
  /** Whether it has partitions and no rebalance is under way, in which there may be nothing to hear for long. */
  let settled = false;
  const signs = watchSigns((seconds) => {
    if (settled && seconds === quietSeconds) client.connection.silent(seconds);
    if (running && seconds === deadSeconds) end.resolve({ reason: `no sign of life for ${seconds} s` });
  });
  const sign = () => {
    client.connection.up();
    signs.sign();
  };
  let assigned: readonly TopicPartition[] = [];
  let membership = 0;
  /** The membership whose starting points are known. */
  let begun = 0;
  let ready = Promise.withResolvers<void>();
  const reading = createReading((at, offset) => whileRunning(() => consumer.seek({ ...at, offset: String(offset) })));
  /** The brokers that have not answered their fetch yet. */
  const fetching = new Set<unknown>();
  /**
   * One try to commit. `consumer.commitOffsets` tries again by itself, and if the partitions were dealt anew meanwhile
   * it does so in the name of the new membership, for partitions that another member has by then.
   */
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  const gone = new AbortController();
  void end.promise.then(() => gone.abort(new MembershipOverError()));

  const listen = (event: Parameters<Consumer['on']>[0], listener: (payload: Record<string, unknown>) => void) =>
    consumer.on(
      event as never,
      ((received: { payload?: Record<string, unknown> }) => {
        try {
          listener(received?.payload ?? {});
        } catch (error) {
          end.resolve({ reason: `a listener of ${event} failed: ${kafkaReason(error)}` });
        }
      }) as never,
    );

  listen(consumer.events.GROUP_JOIN, ({ memberAssignment, memberId }) => {
    sign();
    settled = true;
    member = String(memberId);
    // kafkajs keeps partitions paused over a rebalance; for the callers an assignment begins unpaused.
    consumer.resume(topicsOf(assigned));
    assigned = Object.entries(memberAssignment as Record<string, number[]>).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    reading.clear();
    fetching.clear();
    ready = Promise.withResolvers<void>();
    membership++;
    joined = true;
    options.onRevoked?.();
    firstJoin.resolve();
    void begin(membership);
  });
  listen(consumer.events.CRASH, ({ error }) => fail(error));
  listen(consumer.events.REBALANCING, () => {
    settled = false;
  });
  listen(consumer.events.FETCH_START, ({ nodeId }) => {
    // kafkajs tells of a fetch that ended, and of none that failed.
    if (fetching.has(nodeId) && begun === membership) void lookAgain(membership);
    fetching.add(nodeId);
  });
  listen(consumer.events.FETCH, ({ nodeId }) => {
    fetching.delete(nodeId);
    sign();
  });
  listen(consumer.events.HEARTBEAT, sign);
  // kafkajs reports batches of which nothing is for us (control records, aborted transactions) by this event only.
  listen(consumer.events.START_BATCH_PROCESS, (batch) => {
    const { topic, partition, firstOffset, lastOffset, highWatermark } = batch as Record<
      string,
      string | number | null
    >;
    if (Number(batch['batchSize']) > 0 || firstOffset === null) return;
    const began = BigInt(firstOffset as string);
    const fetched: FetchedBatch = {
      topic: String(topic),
      partition: Number(partition),
      messages: [],
      next: BigInt(lastOffset as string) + 1n,
      highWatermark: BigInt(highWatermark as string),
    };
    const own = membership;
    const skip = () => void (own === membership && take(fetched, began));
    ready.promise
      .then(skip)
      .catch((error) => end.resolve({ reason: `skipping records failed: ${kafkaReason(error)}` }));
  });

  /** Nothing more of the partition is let through; what becomes of it is for the caller to say. */
  const stopAt = (recreated: Recreated): void => {
    const { topic, partition } = recreated;
    consumer.pause([{ topic, partitions: [partition] }]);
    if (options.onRecreated !== undefined) options.onRecreated(recreated);
    else fail(new TopicRecreatedError(recreated, 'Nothing more of it is read.'));
  };

  /** Delivers what is due of a batch; whether it was taken. */
  const take = (batch: FetchedBatch, began: bigint): boolean => {
    const { taken, wanted, from, lost, recreated } = reading.take(batch, began);
    if (recreated !== undefined) stopAt(recreated);
    if (lost !== undefined)
      log.warn(`${keyOf(batch)}: offsets ${lost.from} to ${lost.to} were deleted before they were read`);
    if (wanted === undefined || from === undefined) return taken;
    if (wanted.messages.length > 0) options.onBatch(wanted);
    else options.onSkipped?.({ ...wanted, from });
    return taken;
  };

  /** A fetch has failed: nothing is let through until it is known which topics are there. */
  const lookAgain = async (own: number) => {
    begun = 0;
    ready = Promise.withResolvers<void>();
    const ends = await withRetries(() => topicEnds(client, assigned), {
      policy: { timeoutMs: -1, maxDelayMs: 1_000 },
      signal: gone.signal,
      retriable: () => own === membership,
    }).catch(() => undefined);
    if (ends === undefined || own !== membership) return;
    reading.lookAgain(ends).forEach(stopAt);
    begun = own;
    ready.resolve();
  };

  /** Looks up where the group stands, then lets the batches of this membership through. */
  const begin = async (own: number) => {
    try {
      await options.beforeOffsets?.(assigned);
      const committed = await committedOffsets(client, groupId, assigned);
      const ends = await topicEnds(client, assigned);
      if (own !== membership) return;
      const known = assigned.map((at): Assigned => {
        const of = ends.get(keyOf(at)) ?? { earliest: 0n, latest: 0n };
        const mark = committed.get(keyOf(at));
        const start = mark?.next ?? of[options.offsetReset];
        return { ...at, committed: mark, start, earliest: of.earliest, end: of.latest };
      });
      options.onAssigned(known);
      const chosen = await options.beginAt?.(known);
      if (own !== membership) return;
      const starts = new Map(known.map((at) => [keyOf(at), at.start]));
      reading.begin(chosen ?? known.map((at) => ({ ...at, landmarks: [] })), (at) => starts.get(keyOf(at)));
      begun = own;
      ready.resolve();
    } catch (error) {
      // What a later membership has overtaken is nobody's failure.
      if (own === membership) fail(error);
    }
  };

  const eachBatch = async ({ batch, isStale, isRunning, resolveOffset, ...payload }: EachBatchPayload) => {
    commitNow = payload.commitOffsetsIfNecessary;
    // Of the fetched offset kafkajs's types say nothing; it is where this fetch began.
    const began = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const own = membership;
    // Taking over many partitions takes time, and no fetch sends heartbeats meanwhile.
    while (begun !== own && own === membership && !gone.signal.aborted) {
      await Promise.race([ready.promise, end.promise, delay(2_000)]);
      if (begun !== own) await payload.heartbeat();
    }
    if (begun !== own || own !== membership || isStale() || !isRunning()) return;
    const { topic, partition, messages } = batch;
    const next = BigInt(batch.lastOffset()) + 1n;
    const taken = take({ topic, partition, messages, next, highWatermark: BigInt(batch.highWatermark) }, began);
    // Only what was taken is resolved: the next fetch begins after it.
    if (taken) resolveOffset(batch.lastOffset());
  };

  const life = async () => {
    try {
      const topics = [...(await options.topics())];
      await consumer.connect();
      if (former !== undefined) await departure.leaveFor(groupId, former);
      await consumer.subscribe({ topics, fromBeginning: options.offsetReset === 'earliest' });
      if (closing.aborted) return { reason: 'closed' };
      running = true;
      signs.sign();
      const byHand = { autoCommit: false, eachBatchAutoResolve: false };
      await consumer.run({ ...byHand, partitionsConsumedConcurrently: 8, eachBatch });
      return await end.promise;
    } catch (error) {
      client.connection.failed(error);
      return { reason: kafkaReason(error), error };
    } finally {
      signs.close();
      log.debug(`consumer of group ${groupId} ends`);
      // Stopping while the first join is under way leaves kafkajs running for ever (#967).
      if (running && !joined) await Promise.race([firstJoin.promise, end.promise, delay(2_000)]);
      await disconnect(consumer, 5_000);
    }
  };

  return {
    ended: life().then((ending) => ({ joined, member, ...ending })),
    pause: () => whileRunning(() => consumer.pause(topicsOf(assigned))),
    resume: () => whileRunning(() => consumer.resume(topicsOf(assigned))),
    end: (reason) => end.resolve({ reason }),
    commit(offsets) {
      const own = membership;
      const topics = offsetsByTopic(offsets);
      const call = async () => {
        if (own !== membership) throw new MembershipOverError();
        // Before the first batch there is no other way; what may be committed then is a new beginning.
        if (commitNow === undefined) await consumer.commitOffsets(flat(topics));
        else await commitNow({ topics });
      };
      return withRetries(call, {
        policy: { timeoutMs: 5_000, maxDelayMs: 500 },
        signal: gone.signal,
        retriable: (error) => own === membership && classifyKafkaError(error) === 'retriable',
      });
    },
  };
}

/** A consumer that is just ending throws: then there is nothing left to pause, to resume or to seek in. */
function whileRunning(call: () => void): void {
  try {
    call();
  } catch {
    // Its successor begins unpaused.
  }
}

/** Whoever commits has to look up where the group stands: others may have gone on from there. */
class MembershipOverError extends Error {
  override readonly name = 'MembershipOverError';
  readonly retriable = true;

  constructor() {
    super('the partitions were dealt anew before the commit');
  }
}

const flat = (topics: ReturnType<typeof offsetsByTopic>) =>
  topics.flatMap(({ topic, partitions }) => partitions.map((of) => ({ topic, ...of })));

function topicsOf(partitions: readonly TopicPartition[]) {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition }) => partition),
  }));
}
