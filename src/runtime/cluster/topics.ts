/**
 * The compacted topics that hold the state of a cluster, in Kafka Connect's own record formats: `<group>-configs`
 * (1 partition, so that it has one order), `<group>-offsets` (25, by connector name, so that one connector's open
 * transaction holds back few others) and `<group>-status` (5).
 */
import { crc32 } from 'node:zlib';
import type { KafkaClient } from '../kafka/client.ts';
import { ensureTopics } from '../kafka/topics.ts';

export interface ClusterTopics {
  readonly configs: string;
  readonly offsets: string;
  readonly status: string;
}

const partitions = { configs: 1, offsets: 25, status: 5 } as const;

export function clusterTopics(groupId: string): ClusterTopics {
  return { configs: `${groupId}-configs`, offsets: `${groupId}-offsets`, status: `${groupId}-status` };
}

/** The partition of the offsets topic that holds all offsets of a connector. */
export const offsetsPartition = (connector: string): number => crc32(connector) % partitions.offsets;

/** The partition of the status topic that holds the states of a connector and its tasks. */
export const statusPartition = (connector: string): number => crc32(connector) % partitions.status;

/** Creates what is missing. Replication is min(3, brokers) unless it is configured. */
export async function ensureClusterTopics(
  client: KafkaClient,
  topics: ClusterTopics,
  replicationFactor: number | undefined,
): Promise<void> {
  await ensureTopics(
    client,
    (['configs', 'offsets', 'status'] as const).map((name) => ({
      topic: topics[name],
      partitions: partitions[name],
      replicationFactor,
      // All at creation: kafkajs can only replace a topic's settings as a whole.
      config: { 'cleanup.policy': 'compact' },
    })),
  );
}
