import { expect, onTestFinished, test } from 'vitest';
import { brokerForTest, createTopic, kafkaOf } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test('partitions can be reassigned to where they are, and nowhere else', async () => {
  const kafka = kafkaOf(await brokerForTest());
  await createTopic(kafka, 'wines');
  const admin = kafka.admin();
  await admin.connect();
  onTestFinished(() => admin.disconnect());
  const reassign = (topic: string, replicas: number[]) =>
    admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment: [{ partition: 0, replicas }] }] });

  await reassign('wines', [1]);
  expect((await admin.listPartitionReassignments({})).topics).toEqual([]);
  for (const replicas of [[2], [1, 2], []]) {
    await expect(reassign('wines', replicas)).rejects.toMatchObject({
      errors: [{ type: 'INVALID_REPLICA_ASSIGNMENT' }],
    });
  }
  await expect(reassign('beers', [1])).rejects.toMatchObject({ errors: [{ type: 'UNKNOWN_TOPIC_OR_PARTITION' }] });
});

test('there is no reassignment to cancel', async () => {
  const broker = await brokerForTest();
  await createTopic(kafkaOf(broker), 'wines');
  const answer = await (await wireClient(broker)).request('AlterPartitionReassignments', 1, {
    timeoutMs: 1000,
    topics: [{ name: 'wines', partitions: [{ partitionIndex: 0, replicas: null }] }],
  });
  expect(answer.responses[0].partitions[0].errorCode).toBe(85);
});
