/** kafkajs clients for the broker's tests: quick to retry, silent, closed with the test. */

import { type Consumer, Kafka, type KafkaMessage, logLevel, Partitioners, type Producer } from 'kafkajs';
import { onTestFinished } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from '../../../src/embedded/kafka/index.ts';

/** A broker that closes when the test ends. */
export async function brokerForTest(options: BrokerOptions = {}): Promise<Broker> {
  const broker = await startBroker(options);
  onTestFinished(() => broker.close());
  return broker;
}

/** A client that tries again for about two seconds, or for as many `retries`, 200 ms apart. */
export function kafkaOf(broker: Pick<Broker, 'host' | 'port'>, retries = 10): Kafka {
  return new Kafka({
    clientId: 'test',
    brokers: [`${broker.host}:${broker.port}`],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 10, maxRetryTime: 200, retries },
  });
}

export async function createTopic(kafka: Kafka, topic: string, numPartitions = 1): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions }] });
  await admin.disconnect();
}

export async function producerOf(kafka: Kafka, options: Parameters<Kafka['producer']>[0] = {}): Promise<Producer> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options });
  await producer.connect();
  onTestFinished(() => producer.disconnect());
  return producer;
}

/** A message as it was consumed. */
export type Consumed = KafkaMessage & { readonly topic: string; readonly partition: number };

/** What a running consumer has seen so far. */
export interface Consuming {
  readonly consumer: Consumer;
  readonly messages: readonly Consumed[];
  /** Resolves once so many messages are there. */
  until(count: number): Promise<readonly string[]>;
}

export async function consume(
  kafka: Kafka,
  options: {
    readonly groupId: string;
    readonly topic: string;
    readonly readUncommitted?: boolean;
    readonly sessionTimeout?: number;
  },
): Promise<Consuming> {
  const consumer = kafka.consumer({
    groupId: options.groupId,
    maxWaitTimeInMs: 200,
    readUncommitted: options.readUncommitted ?? false,
    sessionTimeout: options.sessionTimeout ?? 10_000,
    heartbeatInterval: 100,
  });
  const messages: Consumed[] = [];
  let wake = (): void => {};
  await consumer.connect();
  onTestFinished(() => consumer.disconnect());
  await consumer.subscribe({ topics: [options.topic], fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ topic, partition, message }) => {
      messages.push({ ...message, topic, partition });
      wake();
    },
  });
  return {
    consumer,
    messages,
    until: async (count) => {
      while (messages.length < count) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      return messages.map((message) => String(message.value));
    },
  };
}
