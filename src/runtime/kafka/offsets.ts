/** Where a group and its topics stand, as Kafka says. */
import type { Position, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';

export interface Ends {
  readonly earliest: bigint;
  readonly latest: bigint;
}

/** The committed offset of each partition, by {@link keyOf}; none where the group has none. */
export async function committedOffsets(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, bigint>> {
  const topics = topicNames(partitions);
  if (topics.length === 0) return new Map();
  const answer = await (await client.admin()).fetchOffsets({ groupId, topics });
  const offsets = answer.flatMap(({ topic, partitions: of }) =>
    of.map(({ partition, offset }) => [keyOf({ topic, partition }), BigInt(offset)] as const),
  );
  return new Map(offsets.filter(([, offset]) => offset >= 0n));
}

/** Where the logs of these partitions begin and end, by {@link keyOf}. */
export async function topicEnds(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, Ends>> {
  const admin = await client.admin();
  const found = new Map<string, Ends>();
  for (const topic of topicNames(partitions)) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      found.set(keyOf({ topic, partition }), { earliest: BigInt(low), latest: BigInt(high) });
    }
  }
  return found;
}

/** Offsets as kafkajs commits them. */
export function offsetsByTopic(offsets: readonly Position[]) {
  return [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition, next }) => ({ partition, offset: String(next), metadata: null })),
  }));
}

const topicNames = (partitions: readonly TopicPartition[]) => [...new Set(partitions.map(({ topic }) => topic))];

/** A partition as a key of a map. */
export const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition?: number }) =>
  `${topic}-${partition}`;
