/**
 * The requests of KIP-664 that kafkajs 2.2.4 does not have, sent over its own connections, so that its TLS, SASL and
 * retries hold for them as well: DescribeProducers, DescribeTransactions and ListTransactions, v0 of each, of Kafka 3.0
 * and later. The way in is the private function by which a `Kafka` makes a cluster; a kafkajs without it answers
 * undefined.
 *
 * They are flexible (KIP-482), which kafkajs does not know: the tagged fields of the header, always none, are
 * written and read here as the first byte of the body.
 */
import type { Kafka } from 'kafkajs';
import type { TopicPartition } from '../../sdk/index.ts';

/** What is used of kafkajs's broker. */
export interface InnerBroker {
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>>;
  readonly connectionPool: { send(exchange: Exchange): Promise<unknown> };
  initProducerId(request: { transactionalId: string; transactionTimeout: number }): Promise<ProducerIdentity>;
  addPartitionsToTxn(
    request: ProducerIdentity & {
      transactionalId: string;
      topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
    },
  ): Promise<unknown>;
  addOffsetsToTxn(request: ProducerIdentity & { transactionalId: string; groupId: string }): Promise<unknown>;
  endTxn(request: ProducerIdentity & { transactionalId: string; transactionResult: boolean }): Promise<unknown>;
}

/** What is used of kafkajs's cluster. */
export interface InnerCluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findBroker(of: { nodeId: number }): Promise<InnerBroker>;
  findGroupCoordinator(of: { groupId: string; coordinatorType: number }): Promise<InnerBroker>;
  /** Null when a broker went away in the middle of the request. */
  metadata(of: { topics: readonly string[] }): Promise<{
    readonly brokers: readonly { readonly nodeId: number }[];
    readonly topicMetadata: readonly {
      readonly topic: string;
      readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[];
    }[];
  } | null>;
}

export interface ProducerIdentity {
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** A transaction as its coordinator sees it. */
export interface DescribedTransaction {
  readonly transactionalId: string;
  readonly errorCode: number;
  readonly state: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

/** A transaction that is open in a partition, as the partition's leader sees it. */
export interface OpenInPartition extends TopicPartition {
  readonly producerId: string;
  readonly startOffset: bigint;
  /** When its producer wrote there last, in ms. */
  readonly lastTimestamp: number;
}

/** A transactional id as its coordinator lists it. */
export interface ListedTransaction {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly state: string;
}

interface Exchange {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: 0;
    readonly apiName: string;
    encode(): Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: { decode(body: Buffer): Promise<object>; parse<T>(decoded: T): Promise<T> };
}

const describeTransactionsKey = 65;
const describeProducersKey = 61;
const listTransactionsKey = 66;

/** The private function by which a `Kafka` makes a cluster; undefined where kafkajs has changed. */
const createClusterOf = (kafka: Kafka): symbol | undefined =>
  Object.getOwnPropertySymbols(kafka).find((one) => one.description === 'private:Kafka:createCluster');

/** A cluster of kafkajs's own, with the settings of `kafka`; undefined where kafkajs has changed. */
export function innerCluster(kafka: Kafka): InnerCluster | undefined {
  const symbol = createClusterOf(kafka);
  if (symbol === undefined) return undefined;
  const create = (kafka as unknown as Record<symbol, (options: object) => InnerCluster>)[symbol];
  // Without an age metadata is out of date at once, and asked for with every request.
  return create?.({ allowAutoTopicCreation: false, metadataMaxAge: 300_000 });
}

/** A `Kafka` whose clients all talk over this cluster, instead of each over one of its own. */
export function kafkaOver(kafka: Kafka, cluster: InnerCluster): Kafka {
  const symbol = createClusterOf(kafka);
  return symbol === undefined ? kafka : Object.create(kafka, { [symbol]: { value: () => cluster } });
}

/** Whether the broker answers these requests. */
export function describesTransactions({ versions }: InnerBroker): boolean {
  return [describeProducersKey, describeTransactionsKey, listTransactionsKey].every(
    (key) => versions[key] !== undefined,
  );
}

export async function describeTransaction(broker: InnerBroker, transactionalId: string): Promise<DescribedTransaction> {
  const [described] = await describeTransactions(broker, [transactionalId]);
  if (described === undefined)
    throw new RangeError(`the broker did not describe the transaction of ${transactionalId}`);
  return described;
}

/** `[transactional_id]` → `throttle [error id state timeout start producer_id epoch [topic [partition]]]` */
export async function describeTransactions(
  broker: InnerBroker,
  ids: readonly string[],
): Promise<readonly DescribedTransaction[]> {
  const body = [tags, arrayLength(ids.length), ...ids.map(text), tags];
  return exchange(broker, describeTransactionsKey, 'DescribeTransactions', body, (read) => {
    read.int32();
    return read.array(() => {
      const errorCode = read.int16();
      const transactionalId = read.string();
      const state = read.string();
      read.int32();
      read.int64();
      const producerId = read.int64().toString();
      const producerEpoch = read.int16();
      read.array(() => {
        read.string();
        read.array(() => read.int32());
        read.tags();
      });
      read.tags();
      return { errorCode, transactionalId, state, producerId, producerEpoch };
    });
  });
}

/**
 * `[name [partition]]` → `throttle [name [partition error message [producer_id epoch sequence time coordinator start]]]`.
 * Partitions that the broker says nothing of (they have moved, or may not be read) have nothing open.
 */
export async function describeOpen(
  broker: InnerBroker,
  topics: ReadonlyMap<string, readonly number[]>,
): Promise<readonly OpenInPartition[]> {
  const body = [
    tags,
    arrayLength(topics.size),
    ...[...topics].flatMap(([topic, partitions]) => [
      text(topic),
      arrayLength(partitions.length),
      ...partitions.map(int32),
      tags,
    ]),
    tags,
  ];
  return exchange(broker, describeProducersKey, 'DescribeProducers', body, (read) => {
    read.int32();
    const open: OpenInPartition[] = [];
    read.array(() => {
      const topic = read.string();
      read.array(() => {
        const partition = read.int32();
        read.int16();
        read.string();
        read.array(() => {
          const producerId = read.int64().toString();
          read.int32();
          read.int32();
          const lastTimestamp = Number(read.int64());
          read.int32();
          const startOffset = read.int64();
          read.tags();
          if (startOffset >= 0n) open.push({ topic, partition, producerId, startOffset, lastTimestamp });
        });
        read.tags();
      });
      read.tags();
    });
    return open;
  });
}

/** `[state] [producer_id]` → `throttle error [unknown_state] [id producer_id state]`: those the broker coordinates. */
export async function listTransactions(broker: InnerBroker): Promise<readonly ListedTransaction[]> {
  const body = [tags, arrayLength(0), arrayLength(0), tags];
  return exchange(broker, listTransactionsKey, 'ListTransactions', body, (read) => {
    read.int32();
    read.int16();
    read.array(() => read.string());
    return read.array(() => {
      const transactionalId = read.string();
      const producerId = read.int64().toString();
      const state = read.string();
      read.tags();
      return { transactionalId, producerId, state };
    });
  });
}

async function exchange<T>(
  { connectionPool }: InnerBroker,
  apiKey: number,
  apiName: string,
  parts: readonly Buffer[],
  decode: (read: Reader) => T,
): Promise<T> {
  const buffer = Buffer.concat(parts);
  const { answer } = (await connectionPool.send({
    request: { apiKey, apiVersion: 0, apiName, encode: async () => ({ buf: buffer, buffer }) },
    response: {
      decode: async (body) => {
        const read = createReader(body);
        read.tags();
        return { answer: decode(read) };
      },
      parse: async (decoded) => decoded,
    },
  })) as { readonly answer: T };
  return answer;
}

/** No tagged fields. */
const tags = Buffer.of(0);

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Lengths of flexible versions are one more than they say: 0 is null. */
const arrayLength = (length: number): Buffer => unsignedVarint(length + 1);

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([unsignedVarint(bytes.length + 1), bytes]);
}

function unsignedVarint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.of(...bytes, left);
}

type Reader = ReturnType<typeof createReader>;

/** Reads the fields of a flexible version one after the other. */
function createReader(bytes: Buffer) {
  let at = 0;
  const take = (length: number): number => {
    at += length;
    return at - length;
  };
  function unsigned(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes.readUInt8(take(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
  return {
    int16: () => bytes.readInt16BE(take(2)),
    int32: () => bytes.readInt32BE(take(4)),
    int64: () => bytes.readBigInt64BE(take(8)),
    /** '' for null as well. */
    string(): string {
      const length = Math.max(unsigned() - 1, 0);
      const from = take(length);
      return bytes.toString('utf8', from, from + length);
    },
    array<T>(one: () => T): T[] {
      return Array.from({ length: Math.max(unsigned() - 1, 0) }, one);
    },
    tags(): void {
      for (let left = unsigned(); left > 0; left--) {
        unsigned();
        take(unsigned());
      }
    },
  };
}
