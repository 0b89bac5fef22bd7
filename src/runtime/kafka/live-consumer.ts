/**
 * One kafkajs consumer from its birth to its end, with the work-arounds for what kafkajs 2.2.4 does wrong in between;
 * consumer.ts says what its user may rely on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { TopicPartition } from '../../sdk/index.ts';
import { withRetries } from '../retry.ts';
import type { Assigned, ConsumerOptions } from './consumer-model.ts';
import { disconnect } from './disconnect.ts';
import { classifyKafkaError, kafkaReason, TopicRecreatedError } from './errors.ts';
import { committedOffsets, keyOf, offsetsByTopic, topicEnds } from './offsets.ts';

/** Silence for this long means that kafkajs has died without a word. */
const silenceMs = 60_000;

export interface LiveConsumer {
  /** `error` is what ended it, if it was one of Kafka's or kafkajs's. */
  readonly ended: Promise<{ readonly joined: boolean; readonly reason: string; readonly error?: unknown }>;
  pause(): void;
  resume(): void;
  end(reason: string): void;
  commit(offsets: readonly (TopicPartition & { readonly next: bigint })[]): Promise<void>;
}

/** One kafkajs consumer from its birth to its end. Never throws: `ended` tells what became of it. */
export function startConsumer(options: ConsumerOptions, closing: AbortSignal): LiveConsumer {
  const { client, groupId, log } = options;
  const consumer = client.kafka.consumer({
    groupId,
    sessionTimeout: options.sessionTimeoutMs ?? 10_000,
    heartbeatInterval: Math.floor((options.sessionTimeoutMs ?? 10_000) / 4),
    rebalanceTimeout: 15_000,
    maxWaitTimeInMs: options.maxWaitMs ?? 250,
    maxBytesPerPartition: 2 * 1024 * 1024,
    maxBytes: 8 * 1024 * 1024,
    allowAutoTopicCreation: false,
    metadataMaxAge: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
  });
  const end = Promise.withResolvers<{ readonly reason: string; readonly error?: unknown }>();
  const fail = (error: unknown) => {
    client.connection.failed(error);
    end.resolve({ reason: kafkaReason(error), error });
  };
  const firstJoin = Promise.withResolvers<void>();
  let running = false;
  let joined = false;
  let lastSign = Date.now();
  let assigned: readonly TopicPartition[] = [];
  let membership = 0;
  /** The membership whose starting points are known. */
  let begun = 0;
  let ready = Promise.withResolvers<void>();
  let expected = new Map<string, bigint>();
  const refused = new Map<string, bigint>();
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

  listen(consumer.events.GROUP_JOIN, ({ memberAssignment }) => {
    client.connection.up();
    lastSign = Date.now();
    // kafkajs keeps partitions paused over a rebalance; for the callers an assignment begins unpaused.
    consumer.resume(topicsOf(assigned));
    assigned = Object.entries(memberAssignment as Record<string, number[]>).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    expected = new Map();
    refused.clear();
    ready = Promise.withResolvers<void>();
    membership++;
    joined = true;
    options.onRevoked?.();
    firstJoin.resolve();
    void begin(membership);
  });
  listen(consumer.events.CRASH, ({ error }) => fail(error));
  listen(consumer.events.FETCH, () => {
    client.connection.up();
    lastSign = Date.now();
  });
  listen(consumer.events.HEARTBEAT, () => {
    lastSign = Date.now();
  });
  // kafkajs reports batches of which nothing is for us (control records, aborted transactions) by this event only.
  listen(consumer.events.START_BATCH_PROCESS, (batch) => {
    const { topic, partition, firstOffset, lastOffset, highWatermark } = batch as Record<
      string,
      string | number | null
    >;
    if (Number(batch['batchSize']) > 0 || firstOffset === null) return;
    const at = { topic: String(topic), partition: Number(partition) };
    const next = BigInt(lastOffset as string) + 1n;
    const own = membership;
    const skip = () => {
      if (own !== membership || !comesNext(at, BigInt(firstOffset as string))) return;
      const from = expected.get(keyOf(at)) ?? BigInt(firstOffset as string);
      expected.set(keyOf(at), next);
      options.onSkipped?.({ ...at, from, next, highWatermark: BigInt(highWatermark as string) });
    };
    ready.promise
      .then(skip)
      .catch((error) => end.resolve({ reason: `skipping records failed: ${kafkaReason(error)}` }));
  });

  /**
   * Whether what begins at `began` comes next. If not it is asked for again from where we stand; it comes a second time
   * only if what stood there is gone.
   */
  const comesNext = (at: TopicPartition, began: bigint): boolean => {
    const key = keyOf(at);
    const before = expected.get(key);
    if (before !== undefined && began !== before && refused.get(key) !== began) {
      refused.set(key, began);
      consumer.seek({ ...at, offset: String(before) });
      return false;
    }
    refused.delete(key);
    return true;
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
        return { ...at, committed: mark, start: mark ?? of[options.offsetReset], end: of.latest };
      });
      for (const { start, ...at } of known) expected.set(keyOf(at), start);
      begun = own;
      options.onAssigned(known);
      ready.resolve();
    } catch (error) {
      // What a later membership has overtaken is nobody's failure.
      if (own === membership) fail(error);
    }
  };

  const eachBatch = async ({ batch, isStale, isRunning, resolveOffset, ...payload }: EachBatchPayload) => {
    commitNow = payload.commitOffsetsIfNecessary;
    const key = keyOf(batch);
    // Of the fetched offset kafkajs's types say nothing; it is where this fetch began.
    const began = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const own = membership;
    // Taking over many partitions takes time, and no fetch sends heartbeats meanwhile.
    while (begun !== own && own === membership && !gone.signal.aborted) {
      await Promise.race([ready.promise, end.promise, delay(2_000)]);
      if (begun !== own) await payload.heartbeat();
    }
    if (begun !== own || own !== membership || isStale() || !isRunning()) return;
    const before = expected.get(key);
    if (!comesNext({ topic: batch.topic, partition: batch.partition }, began)) return;
    if (before !== undefined && began < before) return fail(new TopicRecreatedError(key, before, began, 'The offset'));
    if (before !== undefined && began > before) {
      log.warn(
        `${batch.topic}-${batch.partition}: offsets ${before} to ${began - 1n} were deleted before they were read`,
      );
    }
    const next = BigInt(batch.lastOffset()) + 1n;
    expected.set(key, next);
    // Only what was taken is resolved: the next fetch begins after it.
    resolveOffset(batch.lastOffset());
    options.onBatch({
      topic: batch.topic,
      partition: batch.partition,
      messages: batch.messages,
      next,
      highWatermark: BigInt(batch.highWatermark),
    });
  };

  const life = async () => {
    const watchdog = setInterval(() => {
      if (Date.now() - lastSign > silenceMs) end.resolve({ reason: `no sign of life for ${silenceMs / 1000} s` });
    }, 5_000);
    try {
      const topics = [...(await options.topics())];
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: options.offsetReset === 'earliest' });
      if (closing.aborted) return { reason: 'closed' };
      running = true;
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 8,
        eachBatch,
      });
      return await end.promise;
    } catch (error) {
      client.connection.failed(error);
      return { reason: kafkaReason(error), error };
    } finally {
      clearInterval(watchdog);
      log.debug(`consumer of group ${groupId} ends`);
      // Stopping while the first join is under way leaves kafkajs running for ever (#967).
      if (running && !joined) await Promise.race([firstJoin.promise, end.promise, delay(2_000)]);
      await disconnect(consumer, 5_000);
    }
  };

  return {
    ended: life().then((ending) => ({ joined, ...ending })),
    pause: () => whileRunning(() => consumer.pause(topicsOf(assigned))),
    resume: () => whileRunning(() => consumer.resume(topicsOf(assigned))),
    end: (reason) => end.resolve({ reason }),
    commit(offsets) {
      const own = membership;
      const topics = offsetsByTopic(offsets);
      const call = async () => {
        if (own !== membership || commitNow === undefined) throw new MembershipOverError();
        await commitNow({ topics });
      };
      return withRetries(call, {
        policy: { timeoutMs: 5_000, maxDelayMs: 500 },
        signal: gone.signal,
        retriable: (error) => own === membership && classifyKafkaError(error) === 'retriable',
      });
    },
  };
}

/** A consumer that is just ending throws: then there is nothing left to pause or resume. */
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

function topicsOf(partitions: readonly TopicPartition[]) {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition }) => partition),
  }));
}
