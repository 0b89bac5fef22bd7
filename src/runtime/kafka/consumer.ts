/**
 * A consumer that stays alive. kafkajs 2.2.4 gives up on some errors in silence and waits up to 30 s on others; here a
 * crashed or silent consumer is replaced by a new one until `close`. Whoever uses it sees joins and batches only.
 *
 * Rules kept for the callers: every join means that all partitions were taken away and given anew; `onAssigned` is
 * called before anything of the new assignment is delivered; a batch is delivered only when it begins at the committed
 * offset or where the batch before it ended, so that leftovers of an older assignment can neither be seen twice nor
 * leave a gap; a listener cannot end the process. Not here: static membership and cooperative rebalancing, which
 * kafkajs does not have.
 */
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Logger, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';
import { kafkaReason } from './errors.ts';
import { disconnect } from './producer.ts';

export interface FetchedBatch extends TopicPartition {
  readonly messages: readonly KafkaMessage[];
  /** The offset after the last record of the batch, control records included. */
  readonly next: bigint;
  readonly highWatermark: bigint;
}

/** A partition that was assigned, with the group's committed offset. */
export interface Assigned extends TopicPartition {
  readonly committed: bigint | undefined;
}

export interface ConsumerOptions {
  readonly client: KafkaClient;
  readonly groupId: string;
  /** Asked anew for every consumer. */
  readonly topics: () => Promise<readonly string[]>;
  readonly offsetReset: 'earliest' | 'latest';
  readonly log: Logger;
  readonly sessionTimeoutMs?: number;
  /** How long a fetch waits for data: also how long a resume or a stop may take. */
  readonly maxWaitMs?: number;
  /** All partitions were taken away; `onAssigned` tells the new ones, or `onLost` that there are none for now. */
  readonly onRevoked?: () => void;
  /** Before the committed offsets of a new assignment are read: the place to fence its former owners. */
  readonly beforeOffsets?: (assigned: readonly TopicPartition[]) => Promise<void>;
  readonly onAssigned: (assigned: readonly Assigned[]) => void;
  /** Must not wait for long: heartbeats stand still meanwhile. Pause instead. */
  readonly onBatch: (batch: FetchedBatch) => void;
  /** The consumer is gone and a new one is on its way. */
  readonly onLost?: (reason: string) => void;
  /** The partition was read up to `next`, although nothing of it is for us (control records). */
  readonly onSkipped?: (at: TopicPartition & { readonly next: bigint; readonly highWatermark: bigint }) => void;
}

export interface SupervisedConsumer {
  pause(): void;
  resume(): void;
  /** Commits for the present membership; rejects when it is gone. */
  commit(offsets: readonly (TopicPartition & { readonly next: bigint })[]): Promise<void>;
  /** Gives the consumer up and starts a new one. */
  restart(reason: string): void;
  /** How often a consumer had to be replaced. */
  readonly replaced: number;
  close(): Promise<void>;
}

/** Silence for this long means that kafkajs has died without a word. */
const silenceMs = 60_000;

export function superviseConsumer(options: ConsumerOptions): SupervisedConsumer {
  const closing = new AbortController();
  let replaced = 0;
  let live: LiveConsumer | undefined;

  const run = async () => {
    for (let failures = 0; !closing.signal.aborted; ) {
      live = startConsumer(options, closing.signal);
      const { joined, reason } = await live.ended;
      live = undefined;
      if (closing.signal.aborted) return;
      failures = joined ? 1 : failures + 1;
      replaced++;
      options.onLost?.(reason);
      await pauseFor(Math.min(100 * 2 ** failures, 2_000) * (0.5 + Math.random() / 2), closing.signal);
    }
  };
  const done = run();

  return {
    get replaced() {
      return replaced;
    },
    pause: () => live?.pause(),
    resume: () => live?.resume(),
    restart: (reason) => live?.end(reason),
    commit: async (offsets) => {
      if (live === undefined) throw new Error('the consumer is being replaced');
      await live.commit(offsets);
    },
    async close() {
      closing.abort();
      live?.end('closed');
      await done;
    },
  };
}

interface LiveConsumer {
  readonly ended: Promise<{ readonly joined: boolean; readonly reason: string }>;
  pause(): void;
  resume(): void;
  end(reason: string): void;
  commit(offsets: readonly (TopicPartition & { readonly next: bigint })[]): Promise<void>;
}

/** One kafkajs consumer from its birth to its end. Never throws: `ended` tells what became of it. */
function startConsumer(options: ConsumerOptions, closing: AbortSignal): LiveConsumer {
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
  const end = Promise.withResolvers<string>();
  const firstJoin = Promise.withResolvers<void>();
  let joined = false;
  let lastSign = Date.now();
  let assigned: readonly TopicPartition[] = [];
  let membership = 0;
  /** The membership whose starting points are known. */
  let begun = 0;
  let ready = Promise.withResolvers<void>();
  let expected = new Map<string, bigint>();
  const refused = new Map<string, bigint>();

  const listen = (event: Parameters<Consumer['on']>[0], listener: (payload: Record<string, unknown>) => void) =>
    consumer.on(
      event as never,
      ((received: { payload?: Record<string, unknown> }) => {
        try {
          listener(received?.payload ?? {});
        } catch (error) {
          end.resolve(`a listener of ${event} failed: ${kafkaReason(error)}`);
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
    ready = Promise.withResolvers<void>();
    membership++;
    joined = true;
    options.onRevoked?.();
    firstJoin.resolve();
    void begin(membership);
  });
  listen(consumer.events.CRASH, ({ error }) => {
    client.connection.failed(error);
    end.resolve(kafkaReason(error));
  });
  listen(consumer.events.FETCH, () => {
    lastSign = Date.now();
  });
  listen(consumer.events.HEARTBEAT, () => {
    lastSign = Date.now();
  });
  listen(consumer.events.START_BATCH_PROCESS, (batch) => {
    const { topic, partition, lastOffset, highWatermark } = batch as Record<string, string | number>;
    const at = { topic: String(topic), partition: Number(partition) };
    if (Number(batch['batchSize']) > 0 || begun !== membership) return;
    const next = BigInt(lastOffset as string) + 1n;
    expected.set(keyOf(at), next);
    options.onSkipped?.({ ...at, next, highWatermark: BigInt(highWatermark as string) });
  });

  /** Looks up where the group stands, then lets the batches of this membership through. */
  const begin = async (own: number) => {
    try {
      await options.beforeOffsets?.(assigned);
      const committed = await committedOffsets(client, groupId, assigned);
      const ends = await topicOffsets(client, committed);
      if (own !== membership) return;
      for (const { committed: next, ...at } of committed) {
        const start = next ?? ends.get(keyOf(at))?.[options.offsetReset];
        if (start !== undefined) expected.set(keyOf(at), start);
      }
      begun = own;
      options.onAssigned(committed);
      ready.resolve();
    } catch (error) {
      client.connection.failed(error);
      end.resolve(kafkaReason(error));
    }
  };

  const eachBatch = async ({ batch, isStale, isRunning, resolveOffset }: EachBatchPayload) => {
    const key = keyOf(batch);
    // Of the fetched offset kafkajs's types say nothing; it is where this fetch began.
    const began = BigInt((batch as unknown as { fetchedOffset: string }).fetchedOffset);
    const own = membership;
    if (begun !== own) await Promise.race([ready.promise, end.promise]);
    if (begun !== own || own !== membership || isStale() || !isRunning()) return;
    const before = expected.get(key);
    if (before !== undefined && began !== before && refused.get(key) !== began) {
      // Asked again it comes again only if what we want is no longer there.
      refused.set(key, began);
      consumer.seek({ topic: batch.topic, partition: batch.partition, offset: String(before) });
      return;
    }
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

  const life = async (): Promise<string> => {
    const watchdog = setInterval(() => {
      if (Date.now() - lastSign > silenceMs) end.resolve(`no sign of life for ${silenceMs / 1000} s`);
    }, 5_000);
    try {
      const topics = [...(await options.topics())];
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: options.offsetReset === 'earliest' });
      if (closing.aborted) return 'closed';
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 8,
        eachBatch,
      });
      return await end.promise;
    } catch (error) {
      client.connection.failed(error);
      return kafkaReason(error);
    } finally {
      clearInterval(watchdog);
      log.debug(`consumer of group ${groupId} ends`);
      // Stopping while the first join is under way leaves kafkajs running for ever (#967).
      if (!joined) await Promise.race([firstJoin.promise, end.promise, pauseFor(2_000)]);
      await disconnect(consumer, 5_000);
    }
  };

  return {
    ended: life().then((reason) => ({ joined, reason })),
    pause: () => consumer.pause(topicsOf(assigned)),
    resume: () => consumer.resume(topicsOf(assigned)),
    end: (reason) => end.resolve(reason),
    commit: (offsets) => consumer.commitOffsets(offsets.map(({ next, ...at }) => ({ ...at, offset: String(next) }))),
  };
}

async function committedOffsets(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly Assigned[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  if (topics.length === 0) return [];
  const answer = await (await client.admin()).fetchOffsets({ groupId, topics });
  const offsets = new Map(
    answer.flatMap(({ topic, partitions: of }) =>
      of.map(({ partition, offset }) => [keyOf({ topic, partition }), BigInt(offset)] as const),
    ),
  );
  return partitions.map((at) => {
    const offset = offsets.get(keyOf(at)) ?? -1n;
    return { ...at, committed: offset < 0n ? undefined : offset };
  });
}

/** Where the partitions without a committed offset begin and end. */
async function topicOffsets(client: KafkaClient, assigned: readonly Assigned[]) {
  const topics = new Set(assigned.filter(({ committed }) => committed === undefined).map(({ topic }) => topic));
  const found = new Map<string, { readonly earliest: bigint; readonly latest: bigint }>();
  for (const topic of topics) {
    for (const { partition, low, high } of await (await client.admin()).fetchTopicOffsets(topic)) {
      found.set(keyOf({ topic, partition }), { earliest: BigInt(low), latest: BigInt(high) });
    }
  }
  return found;
}

const keyOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`;

function topicsOf(partitions: readonly TopicPartition[]) {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition }) => partition),
  }));
}

/** Resolves after `ms`, or at once when the signal is aborted. */
function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end);
  });
}
