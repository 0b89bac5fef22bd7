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
    const [refused] = missing.filter(({ topic }) => !now.has(topic));
    if (refused !== undefined) throw new TopicCreationError(refused.topic, error);
  }
}

/** Says which topic and why; what it means for a retry stands in its cause. */
class TopicCreationError extends Error {
  override readonly name = 'TopicCreationError';

  constructor(topic: string, cause: unknown) {
    const { message, type } = innermost(cause);
    const way =
      type === 'INVALID_TOPIC_EXCEPTION' ? ' A name has 1 to 249 letters, digits, dots, underscores and hyphens.' : '';
    super(`The topic ${JSON.stringify(topic)} cannot be created: ${message}.${way}`, { cause });
  }
}
