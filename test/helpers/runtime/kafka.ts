/** An embedded broker for a test, and what is in its topics as a reader of committed records sees it. */
import type { KafkaMessage, Message } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from '../../../src/embedded/kafka/index.ts';
import { createKafkaClient, type KafkaClient } from '../../../src/runtime/kafka/client.ts';
import { createLogger, type LogEntry } from '../../../src/runtime/log.ts';

/** A broker that closes with the test. */
export async function brokerForTest(options: BrokerOptions = {}): Promise<Broker> {
  const broker = await startBroker(options);
  onTestFinished(() => broker.close());
  return broker;
}

export interface TestClient extends KafkaClient {
  readonly log: readonly LogEntry[];
}

/** A client of the runtime, closed with the test; its log is kept. */
export function clientOf({ host, port }: Pick<Broker, 'host' | 'port'>): TestClient {
  const log: LogEntry[] = [];
  const settings = { brokers: [`${host}:${port}`], clientId: 'test', ssl: false };
  const client = createKafkaClient(
    settings,
    createLogger((entry) => log.push(entry), 'kafka', 'debug'),
  );
  onTestFinished(() => client.close());
  return Object.assign(client, { log });
}

export async function createTopic(client: KafkaClient, topic: string, numPartitions = 1): Promise<void> {
  await (await client.admin()).createTopics({ topics: [{ topic, numPartitions }] });
}

/** Writes messages in their order, in one request. */
export async function produce(client: KafkaClient, topic: string, messages: Message[]): Promise<void> {
  const producer = client.producer();
  await producer.connect();
  await producer.send({ topic, messages });
  await producer.disconnect();
}

export type ReadMessage = KafkaMessage & { readonly partition: number };

/** Everything that is committed in a topic now, in order per partition. A topic that is not there is empty. */
export async function readAll(client: KafkaClient, topic: string): Promise<readonly ReadMessage[]> {
  const admin = await client.admin();
  if (!(await admin.listTopics()).includes(topic)) return [];
  const ends = (await admin.fetchTopicOffsets(topic)).filter(({ high, low }) => high !== low);
  const open = new Map(ends.map(({ partition, high }) => [partition, BigInt(high)]));
  const messages: ReadMessage[] = [];
  if (open.size === 0) return messages;
  const consumer = client.kafka.consumer({ groupId: `read-${crypto.randomUUID()}`, maxWaitTimeInMs: 20 });
  const done = Promise.withResolvers<void>();
  const reached = (partition: number, next: bigint) => {
    if (next >= (open.get(partition) ?? 0n)) open.delete(partition);
    if (open.size === 0) done.resolve();
  };
  consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload: { partition, lastOffset, batchSize } }) => {
    if (batchSize === 0) reached(partition, BigInt(lastOffset) + 1n);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) messages.push({ ...message, partition: batch.partition });
      reached(batch.partition, BigInt(batch.lastOffset()) + 1n);
    },
  });
  await done.promise;
  await consumer.disconnect();
  return messages;
}

/** The group's committed offset of a partition; undefined when there is none. */
export async function committedOffset(
  client: KafkaClient,
  groupId: string,
  topic: string,
  partition = 0,
): Promise<bigint | undefined> {
  const [answer] = await (await client.admin()).fetchOffsets({ groupId, topics: [topic] });
  const offset = BigInt(answer?.partitions.find((of) => of.partition === partition)?.offset ?? '-1');
  return offset < 0n ? undefined : offset;
}

export const textOf = (bytes: Buffer | null | undefined): string | null => bytes?.toString('utf8') ?? null;
