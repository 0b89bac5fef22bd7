/**
 * Transactions that hang, as a client of an embedded broker sees them: the broker does not let any hang itself, so it
 * answers as if it had.
 */
import type { Broker } from '../../../src/embedded/kafka/index.ts';
import type { KafkaClient } from '../../../src/runtime/kafka/client.ts';
import { describeTransaction, innerCluster } from '../../../src/runtime/kafka/inner-requests.ts';

/** The id's producer id. */
export async function producerIdOf(client: KafkaClient, transactionalId: string): Promise<number> {
  const cluster = innerCluster(client.kafka);
  if (cluster === undefined) throw new Error('kafkajs has changed');
  await cluster.connect();
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: 1 });
    return Number((await describeTransaction(coordinator, transactionalId)).producerId);
  } finally {
    await cluster.disconnect();
  }
}

/** Has every partition of the topic described as if this producer had left it open; until a transaction ends. */
export function hangs(broker: Broker, topic: string, producerId: number): void {
  let over = false;
  broker.hooks.watch({
    done({ api, names }, answer) {
      if (api === 'EndTxn') over = true;
      if (api !== 'DescribeProducers' || !names(topic) || over) return;
      const { topics } = answer as { topics: { name: string; partitions: { activeProducers: object[] }[] }[] };
      for (const { partitions } of topics.filter(({ name }) => name === topic)) {
        for (const { activeProducers } of partitions) {
          activeProducers.push({
            producerId,
            producerEpoch: 0,
            lastSequence: 0,
            lastTimestamp: 1_795_000_000_000,
            coordinatorEpoch: 0,
            currentTxnStartOffset: 0,
          });
        }
      }
    },
  });
}

/** Each transaction that is ended from now on: how, and the topics that were added to it. */
export function endingsAt(
  broker: Broker,
): readonly { readonly committed: boolean; readonly topics: readonly string[] }[] {
  const endings: { committed: boolean; topics: readonly string[] }[] = [];
  const added = new Map<string, Set<string>>();
  broker.hooks.watch({
    done({ api, body }) {
      if (api === 'AddPartitionsToTxn') {
        const { transactionalId, topics } = body as {
          transactionalId: string;
          topics: { name?: string; topic?: string }[];
        };
        const names = added.get(transactionalId) ?? new Set();
        for (const { name, topic } of topics) names.add(name ?? topic ?? '?');
        added.set(transactionalId, names);
      }
      if (api !== 'EndTxn') return;
      const { transactionalId, committed } = body as { transactionalId: string; committed: boolean };
      endings.push({ committed, topics: [...(added.get(transactionalId) ?? [])] });
      added.delete(transactionalId);
    },
  });
  return endings;
}
