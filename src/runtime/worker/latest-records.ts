/**
 * The latest records of a topic, for people who look at what flows. Only topics that a connector of this cluster reads,
 * writes or rejects to: a REST API is no reader of everything that lies in Kafka.
 */
import type { Logger } from '../../sdk/index.ts';
import type { ConnectorFlow, TopicRecord } from '../connect.ts';
import { ConnectError } from '../errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { createTails, type TailRecord } from '../kafka/tails.ts';
import { answered } from './offset-requests.ts';

export interface LatestRecords {
  latest(topic: string, limit: number): Promise<readonly TopicRecord[]>;
  close(): Promise<void>;
}

export function createLatestRecords(options: {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly log: Logger;
  readonly flows: () => readonly ConnectorFlow[];
  readonly mustBeReady: () => void;
}): LatestRecords {
  const { client, groupId, log, flows, mustBeReady } = options;
  const tails = createTails(client, `${groupId}-looker`, log);
  return {
    async latest(topic, limit) {
      mustBeReady();
      const known = flows().some(({ topics, rejects_to }) => topics.includes(topic) || rejects_to === topic);
      const words = `No connector reads, writes or rejects to a topic ${topic}`;
      if (!known) throw new ConnectError('NOT_FOUND', words);
      return answered('reading records', async () => {
        const present = await (await client.admin()).listTopics();
        return present.includes(topic) ? (await tails.latest(topic, limit)).map(shown) : [];
      });
    },
    close: tails.close,
  };
}

const text = new TextDecoder();

function shown({ partition, offset, timestamp, key, value, valueBytes, headers }: TailRecord): TopicRecord {
  return {
    partition,
    offset: Number(offset),
    timestamp,
    key: key && text.decode(key),
    value: value && text.decode(value),
    value_bytes: valueBytes,
    headers: headers.map(([name, content]) => ({ name, value: text.decode(content) })),
  };
}
