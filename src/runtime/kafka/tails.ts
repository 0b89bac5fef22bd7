/**
 * The latest records of topics, for people who look at them. A consumer with a group of its own follows a topic from its
 * last records on, for as long as somebody asks; nothing is committed, and no connector notices. What it keeps is
 * bounded: some records of a topic, the beginning of each value.
 */
import { randomUUID } from 'node:crypto';
import type { KafkaMessage } from 'kafkajs';
import type { Logger } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';
import { type SupervisedConsumer, superviseConsumer } from './consumer.ts';
import type { FetchedBatch } from './consumer-model.ts';
import { keyOf } from './offsets.ts';

export interface TailRecord {
  readonly partition: number;
  readonly offset: bigint;
  /** In ms since 1970. */
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  /** Its beginning, when it is longer than {@link longestValue}. */
  readonly value: Uint8Array | null;
  readonly valueBytes: number;
  readonly headers: readonly (readonly [name: string, value: Uint8Array])[];
}

export interface Tails {
  /** The newest records first. Waits, at most some seconds, until those that were there before are read. */
  latest(topic: string, limit: number): Promise<readonly TailRecord[]>;
  close(): Promise<void>;
}

/** How many records of a topic can be had, and how much of a value. */
export const mostRecords = 100;
export const longestValue = 16 * 1024;
/** How long a topic is followed after somebody has asked, and how many are at once. */
const followedForMs = 30_000;
const mostTopics = 8;
/** How long the first answer may take. */
const patienceMs = 6_000;

interface Tail {
  askedAt: number;
  readonly records: TailRecord[];
  /** Resolves when what was in the topic at first is read. */
  readonly caughtUp: Promise<void>;
  close(): Promise<void>;
}

export function createTails(client: KafkaClient, groupPrefix: string, log: Logger): Tails {
  const tails = new Map<string, Tail>();
  const drop = async (topic: string) => {
    const tail = tails.get(topic);
    tails.delete(topic);
    await tail?.close();
  };
  const timer = setInterval(() => {
    for (const [topic, { askedAt }] of tails) if (performance.now() - askedAt > followedForMs) void drop(topic);
  }, followedForMs / 3);
  timer.unref();

  return {
    async latest(topic, limit) {
      const tail = tails.get(topic) ?? follow(client, `${groupPrefix}-${randomUUID().slice(0, 8)}`, topic, log);
      tail.askedAt = performance.now();
      tails.delete(topic);
      tails.set(topic, tail);
      const [oldest] = tails.keys();
      if (tails.size > mostTopics && oldest !== undefined) void drop(oldest);
      await tail.caughtUp;
      return tail.records.slice(-limit).reverse();
    },
    async close() {
      clearInterval(timer);
      await Promise.all([...tails.keys()].map(drop));
    },
  };
}

function follow(client: KafkaClient, groupId: string, topic: string, log: Logger): Tail {
  const records: TailRecord[] = [];
  const caughtUp = Promise.withResolvers<void>();
  const impatience = setTimeout(caughtUp.resolve, patienceMs);
  /** Partition → the end that it had. */
  let ahead = new Map<string, bigint>();
  const read = (key: string, next: bigint) => {
    if (next >= (ahead.get(key) ?? 0n)) ahead.delete(key);
    if (ahead.size === 0) caughtUp.resolve();
  };

  function keep({ partition, messages }: FetchedBatch): void {
    for (const message of messages.slice(-mostRecords)) records.push(recordOf(partition, message));
    // By time, not by arrival: partitions come one after another.
    records.sort((a, b) => a.timestamp - b.timestamp || (a.offset < b.offset ? -1 : 1));
    records.splice(0, records.length - mostRecords);
  }

  const consumer: SupervisedConsumer = superviseConsumer({
    client,
    groupId,
    topics: async () => [topic],
    offsetReset: 'earliest',
    log,
    onAssigned(assigned) {
      records.length = 0;
      ahead = new Map(assigned.filter(({ earliest, end }) => earliest < end).map((at) => [keyOf(at), at.end]));
      if (ahead.size === 0) caughtUp.resolve();
    },
    // With room for the control records that stand between those of transactions.
    beginAt: async (assigned) =>
      assigned.map(({ earliest, end, ...at }) => {
        const wanted = end - BigInt(2 * mostRecords);
        return { ...at, start: wanted > earliest ? wanted : earliest, landmarks: [] };
      }),
    onBatch(batch) {
      keep(batch);
      read(keyOf(batch), batch.next);
    },
    onSkipped: ({ next, ...at }) => read(keyOf(at), next),
    onRefused: () => caughtUp.resolve(),
  });

  return {
    askedAt: performance.now(),
    records,
    caughtUp: caughtUp.promise.finally(() => clearTimeout(impatience)),
    async close() {
      caughtUp.resolve();
      await consumer.close();
      const admin = await client.admin().catch(() => undefined);
      // A group without members goes by itself, after days.
      await admin?.deleteGroups([groupId]).catch(() => undefined);
    },
  };
}

function recordOf(partition: number, { offset, timestamp, key, value, headers = {} }: KafkaMessage): TailRecord {
  const pairs = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((one) => [name, Uint8Array.from(Buffer.from(one ?? ''))] as const),
  );
  return {
    partition,
    offset: BigInt(offset),
    timestamp: Number(timestamp),
    // Copies: a view would keep all of the fetch.
    key: key && Uint8Array.from(key.subarray(0, longestValue)),
    value: value && Uint8Array.from(value.subarray(0, longestValue)),
    valueBytes: value?.length ?? 0,
    headers: pairs,
  };
}
