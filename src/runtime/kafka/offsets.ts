/** Where a group and its topics stand, as Kafka says. */
import type { Mark, Position, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';
import { lastOf, metadataOf } from './offset-metadata.ts';

export interface Ends {
  readonly earliest: bigint;
  readonly latest: bigint;
}

/** The committed offset of each partition, by {@link keyOf}; none where the group has none. */
export async function committedOffsets(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, Mark>> {
  const topics = topicNames(partitions);
  if (topics.length === 0) return new Map();
  const positions = await groupOffsets(client, groupId, topics);
  return new Map(positions.map(({ topic, partition, ...mark }) => [keyOf({ topic, partition }), mark]));
}

/** The committed offsets of a group, in these topics or in all of them. */
export async function groupOffsets(
  client: KafkaClient,
  groupId: string,
  topics?: readonly string[],
): Promise<readonly Position[]> {
  const answer = await (await client.admin()).fetchOffsets({ groupId, ...(topics && { topics: [...topics] }) });
  return answer.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, offset, metadata }) =>
      // Below zero there is none, or kafkajs has written "from the beginning".
      BigInt(offset) < 0n ? [] : [{ topic, partition, next: BigInt(offset), last: lastOf(metadata) }],
    ),
  );
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
    partitions: of.map(({ partition, next, last }) => ({
      partition,
      offset: String(next),
      metadata: metadataOf(last),
    })),
  }));
}

const topicNames = (partitions: readonly TopicPartition[]) => [...new Set(partitions.map(({ topic }) => topic))];

/** A partition as a key of a map. */
export const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition?: number }) =>
  `${topic}-${partition}`;
