/** Topics as the runtime needs them: made if they are missing, with all their settings at creation. */
import type { KafkaClient } from './client.ts';

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** -1: the broker's default; undefined: 3, or the number of brokers if less. */
  readonly replicationFactor: number | undefined;
  readonly config?: Readonly<Record<string, string>>;
}

/** Creates what is missing and leaves what is there as it is. Resolves when all of them can be written to. */
export async function ensureTopics(client: KafkaClient, specs: readonly TopicSpec[]): Promise<void> {
  const admin = await client.admin();
  const present = new Set(await admin.listTopics());
  const missing = specs.filter(({ topic }) => !present.has(topic));
  if (missing.length === 0) return;
  const { brokers } = await admin.describeCluster();
  const usual = Math.min(3, brokers.length);
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: missing.map(({ topic, partitions, replicationFactor = usual, config = {} }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      })),
    });
  } catch (error) {
    // Somebody was quicker: what counts is that they are there.
    const now = new Set(await admin.listTopics());
    if (!missing.every(({ topic }) => now.has(topic))) throw error;
  }
}
