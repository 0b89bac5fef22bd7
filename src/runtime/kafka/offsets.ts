/** Where a group and its topics stand, as Kafka says. */
import type { TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from './client.ts';
import type { Assigned } from './consumer.ts';

/** The committed offset of each partition; undefined where the group has none. */
export async function committedOffsets(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<readonly Assigned[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  if (topics.length === 0) return [];
  const answer = await (await client.admin()).fetchOffsets({ groupId, topics });
  const offsets = new Map(
    answer.flatMap(({ topic, partitions: of }) =>
      of.map(({ partition, offset }) => [keyOf({ topic, partition }), BigInt(offset)] as const),
    ),
  );
  return partitions.map((at) => {
    const offset = offsets.get(keyOf(at)) ?? -1n;
    return { ...at, committed: offset < 0n ? undefined : offset };
  });
}

/** Where the partitions without a committed offset begin and end. */
export async function topicOffsets(client: KafkaClient, assigned: readonly Assigned[]) {
  const topics = new Set(assigned.filter(({ committed }) => committed === undefined).map(({ topic }) => topic));
  const found = new Map<string, { readonly earliest: bigint; readonly latest: bigint }>();
  for (const topic of topics) {
    for (const { partition, low, high } of await (await client.admin()).fetchTopicOffsets(topic)) {
      found.set(keyOf({ topic, partition }), { earliest: BigInt(low), latest: BigInt(high) });
    }
  }
  return found;
}

/** A partition as a key of a map. */
export const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition?: number }) =>
  `${topic}-${partition}`;
