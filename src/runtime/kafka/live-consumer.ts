/**
 * One kafkajs consumer from its birth to its end, with the work-arounds for what kafkajs 2.2.4 does wrong in between;
 * consumer.ts says what its user may rely on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, ConsumerStartBatchProcessEvent, EachBatchPayload } from 'kafkajs';
import type { Position, TopicPartition } from '../../sdk/index.ts';
import { withRetries } from '../retry.ts';
import type { Assigned, ConsumerOptions, FetchedBatch } from './consumer-model.ts';
import { createDeparture } from './departure.ts';
import { disconnect } from './disconnect.ts';
import { classifyKafkaError, kafkaReason } from './errors.ts';
import { createMembership, type Membership, MembershipOverError } from './membership.ts';
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
  let member = former;
  let membership: Membership | undefined;
  const signs = watchSigns((seconds) => {
    if (membership?.isRebalancing === false && seconds === quietSeconds) client.connection.silent(seconds);
    if (running && seconds === deadSeconds) end.resolve({ reason: `no sign of life for ${seconds} s` });
  });
  const sign = () => {
    client.connection.up();
    signs.sign();
  };
  const reading = createReading((at, offset) => whileRunning(() => consumer.seek({ ...at, offset: String(offset) })));
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
    member = String(memberId);
    // kafkajs keeps partitions paused over a rebalance; for the callers an assignment begins unpaused.
    consumer.resume(topicsOf(membership?.assigned));
    membership?.end();
    reading.clear();
    membership = createMembership(
      Object.entries(memberAssignment as Record<string, number[]>).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      ),
    );
    options.onRevoked?.();
    firstJoin.resolve();
    void begin(membership);
  });
  listen(consumer.events.CRASH, ({ error }) => fail(error));
  listen(consumer.events.REBALANCING, () => {
    if (membership !== undefined) membership.isRebalancing = true;
  });
  listen(consumer.events.FETCH_START, ({ nodeId }) => {
    // kafkajs tells of a fetch that ended, and of none that failed.
    if (membership?.isOpen && membership.fetching.has(nodeId)) void lookAgain(membership);
    membership?.fetching.add(nodeId);
  });
  listen(consumer.events.FETCH, ({ nodeId }) => {
    membership?.fetching.delete(nodeId);
    sign();
  });
  listen(consumer.events.HEARTBEAT, sign);
  // kafkajs reports batches of which nothing is for us (control records, aborted transactions) by this event only.
  listen(consumer.events.START_BATCH_PROCESS, (batch) => {
    const own = membership;
    const { topic, partition, batchSize, firstOffset, lastOffset, highWatermark } =
      batch as unknown as ConsumerStartBatchProcessEvent['payload'];
    if (batchSize > 0 || own === undefined) return;
    const next = BigInt(lastOffset) + 1n;
    const skipped: FetchedBatch = { topic, partition, messages: [], next, highWatermark: BigInt(highWatermark) };
    // Where the fetch began: see kafkajs/skipped-batch.ts.
    const began = BigInt(firstOffset);
    own
      .decided()
      .then(() => void (own.isOver || take(skipped, began)))
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
  const lookAgain = async (own: Membership) => {
    own.shut();
    const ends = await withRetries(() => topicEnds(client, own.assigned), {
      policy: { timeoutMs: -1, maxDelayMs: 1_000 },
      signal: gone.signal,
      retriable: () => !own.isOver,
    }).catch(() => undefined);
    if (ends === undefined || own.isOver) return;
    reading.lookAgain(ends).forEach(stopAt);
    own.open();
  };

  /** Looks up where the group stands, then lets the batches of this membership through. */
  const begin = async (own: Membership) => {
    const { assigned } = own;
    try {
      await options.beforeOffsets?.(assigned);
      const committed = await committedOffsets(client, groupId, assigned);
      const ends = await topicEnds(client, assigned);
      if (own.isOver) return;
      const known = assigned.map((at): Assigned => {
        const of = ends.get(keyOf(at)) ?? { earliest: 0n, latest: 0n };
        const mark = committed.get(keyOf(at));
        const start = mark?.next ?? of[options.offsetReset];
        return { ...at, committed: mark, start, earliest: of.earliest, end: of.latest };
      });
      options.onAssigned(known);
      const chosen = await options.beginAt?.(known);
      if (own.isOver) return;
      const fetchedFrom = new Map(known.map((at) => [keyOf(at), at.committed?.next ?? at.earliest]));
      reading.begin(chosen ?? known.map((at) => ({ ...at, landmarks: [] })), (at) => fetchedFrom.get(keyOf(at)));
      own.open();
    } catch (error) {
      // What a later membership has overtaken is nobody's failure.
      if (!own.isOver) fail(error);
    }
  };

  const eachBatch = async ({ batch, isStale, isRunning, resolveOffset, ...payload }: EachBatchPayload) => {
    commitNow = payload.commitOffsetsIfNecessary;
    // Of the fetched offset kafkajs's types say nothing; it is where this fetch began.
    const began = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const own = membership;
    if (own === undefined) return;
    // Taking over many partitions takes time, and no fetch sends heartbeats meanwhile.
    while (!own.isOpen && !own.isOver && !gone.signal.aborted) {
      await Promise.race([own.decided(), end.promise, delay(2_000)]);
      if (!own.isOpen) await payload.heartbeat();
    }
    if (!own.isOpen || isStale() || !isRunning()) return;
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
      // Where a group without an offset begins is for begin() to say; kafkajs would go there from lost offsets as well.
      await consumer.subscribe({ topics, fromBeginning: true });
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
      if (running && membership === undefined) await Promise.race([firstJoin.promise, end.promise, delay(2_000)]);
      await disconnect(consumer, 5_000);
    }
  };

  return {
    ended: life().then((ending) => ({ joined: membership !== undefined, member, ...ending })),
    pause: () => whileRunning(() => consumer.pause(topicsOf(membership?.assigned))),
    resume: () => whileRunning(() => consumer.resume(topicsOf(membership?.assigned))),
    end: (reason) => end.resolve({ reason }),
    commit(offsets) {
      const own = membership;
      const topics = offsetsByTopic(offsets);
      const call = async () => {
        if (own === undefined || own.isOver) throw new MembershipOverError();
        // Before the first batch there is no other way; what may be committed then is a new beginning.
        if (commitNow === undefined) await consumer.commitOffsets(flat(topics));
        else await commitNow({ topics });
      };
      return withRetries(call, {
        policy: { timeoutMs: 5_000, maxDelayMs: 500 },
        signal: gone.signal,
        retriable: (error) => own?.isOver === false && classifyKafkaError(error) === 'retriable',
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

const flat = (topics: ReturnType<typeof offsetsByTopic>) =>
  topics.flatMap(({ topic, partitions }) => partitions.map((of) => ({ topic, ...of })));

function topicsOf(partitions: readonly TopicPartition[] = []) {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition }) => partition),
  }));
}
