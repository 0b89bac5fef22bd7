/**
 * The internal topics read as one log: every record from the beginning, in order per partition, each once, for as long
 * as the worker lives. `barrier` waits until everything that was in a partition before the call has been seen.
 *
 * kafkajs never reports control records, so "the position is the end offset" may never come true: a barrier is a
 * record of our own that is waited for. With read committed it comes after every transaction that was open before it.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from '../../sdk/index.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { type SupervisedConsumer, superviseConsumer } from '../kafka/consumer.ts';
import { kafkaReason } from '../kafka/errors.ts';
import { heldBackBy } from '../kafka/held-back.ts';
import { openAppender } from './appender.ts';

export interface StateRecord {
  readonly topic: string;
  readonly key: string;
  /** undefined is a tombstone. */
  readonly value: string | undefined;
  readonly offset: bigint;
  readonly timestamp: number;
}

export interface StateLog {
  /** Resolves when all that was in the partition before the call has gone through `onRecord`. */
  barrier(topic: string, partition: number): Promise<void>;
  /** A barrier that the caller writes: in the transaction of other records it tells whether that was committed. */
  mark(): Mark;
  /** Writes a record that needs no transaction. */
  append(topic: string, partition: number, key: string, value: string | null): Promise<void>;
  close(): Promise<void>;
}

export interface Mark {
  readonly message: { readonly key: string; readonly value: string };
  /** Whether it was read back by now. */
  readonly seen: boolean;
  /** Resolves when it was read back, and with it all that stands before it. */
  passed(): Promise<void>;
  /** It is of no more interest. */
  forget(): void;
}

/** A barrier's key is the worker's own: compaction leaves one of each worker. */
const barrierPrefix = 'barrier-';

/** How long a barrier may take: an open transaction of a dead producer ends after 10 s. */
const barrierTimeoutMs = 20_000;

export async function openStateLog(options: {
  readonly client: KafkaClient;
  readonly topics: readonly string[];
  readonly groupId: string;
  readonly workerId: string;
  readonly log: Logger;
  readonly onRecord: (record: StateRecord) => void;
}): Promise<StateLog> {
  const { client, topics, workerId, log, onRecord } = options;
  const waiting = new Map<string, () => void>();
  const seen = new Map<string, bigint>();
  // A group of its own for each life of a worker: kafkajs cannot read without one, and nothing is ever committed.
  const readerGroup = `${options.groupId}-reader-${workerId}-${randomUUID().slice(0, 8)}`;
  const appender = await openAppender(client);

  const consumer: SupervisedConsumer = superviseConsumer({
    client,
    groupId: readerGroup,
    topics: async () => topics,
    offsetReset: 'earliest',
    log,
    onAssigned: () => undefined,
    onRefused: (error) => log.error(`The state of the cluster can no longer be read: ${kafkaReason(error)}`),
    onBatch: ({ topic, partition, messages }) => {
      const at = `${topic}-${partition}`;
      for (const { key, value, offset, timestamp } of messages) {
        const own = BigInt(offset);
        // A consumer that was replaced reads everything again.
        if (own <= (seen.get(at) ?? -1n) || key === null) continue;
        seen.set(at, own);
        const name = key.toString('utf8');
        const text = value?.toString('utf8');
        if (!name.startsWith(barrierPrefix)) {
          onRecord({ topic, key: name, value: text, offset: own, timestamp: Number(timestamp) });
        } else if (text !== undefined) waiting.get(text)?.();
      }
    },
  });

  function mark(): Mark {
    const token = randomUUID();
    const passing = Promise.withResolvers<void>();
    let seen = false;
    waiting.set(token, () => {
      seen = true;
      passing.resolve();
    });
    return {
      message: { key: `${barrierPrefix}${workerId}`, value: token },
      get seen() {
        return seen;
      },
      async passed() {
        const timer = setTimeout(() => passing.reject(new BarrierTimeoutError()), barrierTimeoutMs);
        await passing.promise.finally(() => clearTimeout(timer));
      },
      forget: () => waiting.delete(token),
    };
  }

  return {
    mark,
    append: (topic, partition, key, value) => appender.append(topic, { key, value, partition }),
    async barrier(topic, partition) {
      const own = mark();
      try {
        await appender.append(topic, { ...own.message, partition });
        await own.passed();
      } catch (error) {
        if (!(error instanceof BarrierTimeoutError)) throw error;
        throw new BarrierTimeoutError(await heldBackBy(client, { topic, partition }));
      } finally {
        own.forget();
      }
    },
    async close() {
      await consumer.close();
      await appender.close();
      await client
        .admin()
        .then((admin) => admin.deleteGroups([readerGroup]))
        .catch(() => undefined);
    },
  };
}

/** Kafka took the barrier and does not give it back: to be tried again, like any answer that does not come. */
class BarrierTimeoutError extends Error {
  override readonly name = 'KafkaJSRequestTimeoutError';
  readonly retriable = true;

  constructor(why?: string) {
    const what = `an internal topic could not be read to its end in ${barrierTimeoutMs / 1000} s`;
    super(why === undefined ? what : `${what}: ${why}`);
  }
}
