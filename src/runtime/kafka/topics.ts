/** Topics as the runtime needs them: made if they are missing, with all their settings at creation. */
import type { KafkaClient } from './client.ts';
import { kafkaReason } from './errors.ts';

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
    const refused = missing.find(({ topic }) => !now.has(topic));
    if (refused !== undefined) throw new TopicCreationError(refused.topic, error);
  }
}

/** What there is to do about what Kafka answers, by its code. */
const waysOut: Readonly<Record<string, string>> = {
  INVALID_TOPIC_EXCEPTION: 'a name has 1 to 249 letters, digits, dots, underscores and hyphens',
  INVALID_REPLICATION_FACTOR: 'more replicas are asked for than there are brokers',
  TOPIC_AUTHORIZATION_FAILED: 'allow it for the user of the worker, or create the topic beforehand',
  CLUSTER_AUTHORIZATION_FAILED: 'allow it for the user of the worker, or create the topic beforehand',
};

/** Names the topic, where kafkajs only says that there were errors. Whether to try again stands in the cause. */
class TopicCreationError extends Error {
  override readonly name = 'TopicCreationError';

  constructor(missing: string, cause: unknown) {
    const [first] = (cause as { readonly errors?: readonly { readonly topic: string; readonly type: string }[] })
      .errors ?? [{ topic: missing, type: '' }];
    const wayOut = waysOut[first?.type ?? ''];
    const reason = wayOut === undefined ? kafkaReason(cause) : `${kafkaReason(cause)} (${wayOut})`;
    super(`The topic ${JSON.stringify(first?.topic)} cannot be created: ${reason}`, { cause });
  }
}
