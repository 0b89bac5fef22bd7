/**
 * Who holds a partition back: the transactions that are open in it, which no reader of committed records gets past.
 * For people who wonder why nothing comes. Kafka before 3.0 does not tell.
 */
import type { TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';
import { abortCommand } from './hanging-transaction.ts';
import { describeOpen, describesTransactions, innerCluster, listTransactions } from './inner-requests.ts';

/** The coordinator has nothing left to do in these states: what is open in a partition hangs. */
const atRest = new Set(['Empty', 'CompleteCommit', 'CompleteAbort']);

/** What stands in the way, since when, and what to do about it, in words; undefined where nothing can be said. */
export async function heldBackBy(client: KafkaClient, at: TopicPartition): Promise<string | undefined> {
  const cluster = innerCluster(client.kafka);
  if (cluster === undefined) return undefined;
  try {
    await cluster.connect();
    const metadata = await cluster.metadata({ topics: [at.topic] });
    if (metadata === null) return undefined;
    const { brokers, topicMetadata } = metadata;
    const led = topicMetadata
      .find(({ topic }) => topic === at.topic)
      ?.partitionMetadata.find(({ partitionId }) => partitionId === at.partition);
    if (led === undefined) return undefined;
    if (led.leader < 0) return `${at.topic}-${at.partition} has no leader`;
    const leader = await cluster.findBroker({ nodeId: led.leader });
    if (!describesTransactions(leader)) return undefined;
    const open = await describeOpen(leader, new Map([[at.topic, [at.partition]]]));
    if (open.length === 0) return undefined;
    // Each broker lists the ids that it coordinates.
    const listed = await Promise.all(
      brokers.map(async ({ nodeId }) => listTransactions(await cluster.findBroker({ nodeId }))),
    );
    const ids = new Map(listed.flat().map((one) => [one.producerId, one]));
    const holders = open.map((one) => {
      const { transactionalId, state } = ids.get(one.producerId) ?? {};
      const name = `${transactionalId ?? 'an unknown transactional id'} (producer id ${one.producerId})`;
      const since = new Date(one.lastTimestamp).toISOString();
      // In any other state it ends by itself, at the latest when its time is up.
      const hangs = state === undefined || atRest.has(state);
      return `${name}, open since offset ${one.startOffset} and ${since}${hangs ? `: it hangs, end it with ${abortCommand(one)}` : ''}`;
    });
    return `${at.topic}-${at.partition} is held back by a transaction of ${holders.join('; ')}`;
  } catch {
    // It only explains a failure that is reported anyway.
    return undefined;
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}
