import { expect, test } from 'vitest';
import { brokerForTest, createTopic, kafkaOf } from '../clients.ts';
import { wireClient } from '../wire-client.ts';

test('no election is needed, and unknown partitions are named', async () => {
  const broker = await brokerForTest();
  await createTopic(kafkaOf(broker), 'wines');
  const client = await wireClient(broker);
  const elect = (topicPartitions: object | null) =>
    client.request('ElectLeaders', 2, { electionType: 0, topicPartitions, timeoutMs: 1000 });

  const answer = await elect([{ topic: 'wines', partitions: [0, 7] }]);

  expect(answer.replicaElectionResults[0].partitionResult).toMatchObject([
    { partitionId: 0, errorCode: 84 },
    { partitionId: 7, errorCode: 3 },
  ]);
  expect(await elect(null)).toMatchObject({ errorCode: 0, replicaElectionResults: [] });
});
