/** Which topics a sink reads: the ones it names, made if they are missing, or those that match `topics.regex` by now. */
import type { RuntimeSettings } from '../config/model.ts';
import { topicPattern } from '../config/topic-pattern.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { ensureTopics } from '../kafka/topics.ts';
import type { Pattern } from '../schema/pattern.ts';

export interface TopicSelection {
  /** The topics to subscribe to; rejects while there are none. */
  read(): Promise<readonly string[]>;
  /** Calls when the topics that match are others than those last read. */
  watch(onChange: () => void): void;
  close(): void;
}

/** How long a new topic may stay unnoticed: Kafka's own default of `metadata.max.age.ms` is ten times that. */
const watchEveryMs = 30_000;

export function createTopicSelection(
  client: KafkaClient,
  settings: Pick<RuntimeSettings, 'topics' | 'topicsRegex' | 'topicCreation'>,
): TopicSelection {
  const { topics, topicsRegex, topicCreation } = settings;
  const pattern = topicsRegex === undefined ? undefined : topicPattern(topicsRegex);
  let last: readonly string[] = topics;
  let timer: NodeJS.Timeout | undefined;

  const matching = async (by: Pattern) =>
    (await (await client.admin()).listTopics()).filter((topic) => by.test(topic)).sort();

  return {
    async read() {
      if (pattern === undefined) {
        await ensureTopics(
          client,
          topics.map((topic) => ({ topic, ...topicCreation })),
        );
        return topics;
      }
      last = await matching(pattern);
      if (last.length === 0) throw new Error(`no topic matches topics.regex ${topicsRegex}`);
      return last;
    },
    watch(onChange) {
      if (pattern === undefined) return;
      timer = setInterval(() => {
        matching(pattern).then(
          (now) => now.length > 0 && now.join() !== last.join() && onChange(),
          // Kafka does not answer: the consumer knows as well and is looked after.
          () => undefined,
        );
      }, watchEveryMs);
      timer.unref();
    },
    close: () => clearInterval(timer),
  };
}
