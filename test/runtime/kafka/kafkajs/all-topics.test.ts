import { describe, expect, test } from 'vitest';
import { openTransactions } from '../../../../src/runtime/kafka/producer.ts';
import { ensureTopics } from '../../../../src/runtime/kafka/topics.ts';
import { brokerForTest, clientOf, createTopic } from '../../../helpers/runtime/kafka.ts';
import { registryOf } from '../../../helpers/runtime/plugins.ts';
import { workerForTest } from '../../../helpers/runtime/worker.ts';

const leaderNotAvailable = 5;

/** A broker with a topic of somebody else whose only partition has lost its leader. */
async function brokenCluster() {
  const broker = await brokerForTest();
  const client = clientOf(broker);
  await createTopic(client, 'wines', 1);
  await createTopic(client, 'somebody-elses', 1);
  broker.hooks.watch({
    done({ api }, answer) {
      if (api !== 'Metadata') return;
      const { topics } = answer as { topics: { name: string; partitions: Record<string, unknown>[] }[] };
      for (const { partitions } of topics.filter(({ name }) => name === 'somebody-elses')) {
        for (const partition of partitions) Object.assign(partition, { errorCode: leaderNotAvailable, leaderId: -1 });
      }
    },
  });
  return broker;
}

describe('a partition without a leader of a topic that nobody here uses', () => {
  test('keeps no producer from its records, and no topic from being made', async () => {
    const broker = await brokenCluster();
    const client = clientOf(broker);
    const producer = await openTransactions(client, 'own');
    await producer.commit([{ topic: 'wines', messages: [{ value: 'Merlot' }] }]);
    await producer.close();
    await ensureTopics(client, [{ topic: 'cellars', partitions: 1, replicationFactor: 1 }]);
    expect(await (await client.admin()).listTopics()).toEqual(expect.arrayContaining(['wines', 'cellars']));
  });

  test('keeps no worker from its start', async () => {
    const worker = workerForTest({ broker: await brokenCluster(), plugins: registryOf() });
    await worker.ready;
    expect(worker.health().status).toBe('healthy');
  });
});
