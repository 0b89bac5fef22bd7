/** The Kafka to measure against: the embedded broker, or Apache Kafka started by the scripts of CAVES_PEERS. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kafka, logLevel } from 'kafkajs';
import { peersFolder, startApacheKafka } from '../test/helpers/apache-kafka.ts';

export const kafkaKinds = ['embedded', 'apache'] as const;
export type KafkaKind = (typeof kafkaKinds)[number];

export interface RunningKafka extends AsyncDisposable {
  readonly kind: KafkaKind;
  readonly brokers: string;
  createTopic(topic: string): Promise<void>;
  /** How many offsets the topic's only partition has by now; control records count. */
  length(topic: string): Promise<number>;
  /** Has the group begin at the topic's first record again. */
  rewind(group: string, topic: string): Promise<void>;
}

// kafkajs 2.2.4 sets timers with negative delays, of which Node 24 warns on every connection.
process.removeAllListeners('warning');

/** Starts a fresh one; its data goes with it. */
export async function startKafka(kind: KafkaKind): Promise<RunningKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'caves-bench-kafka-'));
  const { brokers, stop } = await (kind === 'embedded' ? startEmbedded(folder) : startApacheKafka(peers(), folder));
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  return {
    kind,
    brokers,
    async createTopic(topic) {
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }] });
    },
    async length(topic) {
      const [partition] = await admin.fetchTopicOffsets(topic);
      return Number(partition?.high ?? 0);
    },
    async rewind(groupId, topic) {
      await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '0' }] });
    },
    async [Symbol.asyncDispose]() {
      await admin.disconnect();
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface Started {
  readonly brokers: string;
  stop(): Promise<unknown>;
}

async function startEmbedded(folder: string): Promise<Started> {
  const child = fork(fileURLToPath(new URL('embedded-broker.ts', import.meta.url)), [folder]);
  const [port] = (await once(child, 'message')) as [number];
  return {
    brokers: `127.0.0.1:${port}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The folder of the scripts that run Apache Kafka and Kafka Connect. */
export function peers(): string {
  const beside = fileURLToPath(new URL('../../shared/peers/kafka', import.meta.url));
  const folder = peersFolder() ?? peersFolder({ CAVES_PEERS: beside });
  if (folder === undefined) throw new Error('No scripts for Apache Kafka: CAVES_PEERS names their folder.');
  return folder;
}
