import { expect, test } from 'vitest';
import { brokerForTest, kafkaOf, producerOf } from './clients.ts';

// What admin clients see of any Kafka is in test/conformance/kafka.

test('topics are made for who asks for them where the broker is told so, with its number of partitions', async () => {
  const kafka = kafkaOf(await brokerForTest({ autoCreateTopics: true, defaultPartitions: 2 }));
  const producer = await producerOf(kafka);
  const messages = [0, 1].map((partition) => ({ partition, value: 'x' }));
  expect(await producer.send({ topic: 'new', messages })).toHaveLength(2);
});

test('topics are unknown until they are created, where it is not', async () => {
  const admin = kafkaOf(await brokerForTest()).admin();
  await admin.connect();
  await expect(admin.fetchTopicMetadata({ topics: ['new'] })).rejects.toThrow('does not host');
  await admin.disconnect();
});
