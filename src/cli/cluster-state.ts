/** The connectors that a cluster has, read from its log without a worker, and where a file's would find the warehouse. */
import { openCluster } from '../runtime/cluster/cluster.ts';
import { clusterTopics } from '../runtime/cluster/topics.ts';
import type { LoadedProject } from '../runtime/config/load.ts';
import type { FlatConfig, WorkerSettings } from '../runtime/config/model.ts';
import { createKafkaClient } from '../runtime/kafka/client.ts';
import { kafkaReason } from '../runtime/kafka/errors.ts';
import type { Logger } from '../sdk/index.ts';
import { CommandError } from './errors.ts';

export interface ClusterState {
  readonly connectors: ReadonlyMap<string, FlatConfig>;
  /** The embedded warehouse's address, where the file needs it. */
  readonly warehouse: string | undefined;
}

/** Starts or joins the embedded services where the file says so, for as long as it reads. */
export async function readClusterState(
  { worker }: LoadedProject,
  warehouseUsers: ReadonlySet<string>,
  log: Logger,
): Promise<ClusterState> {
  const asked = { kafka: worker.embeddedKafka, snowflake: warehouseUsers.size > 0 };
  if (!asked.kafka && !asked.snowflake) return { connectors: await readConnectors(worker, log), warehouse: undefined };
  const { ensureEmbedded } = await import('../embedded/services.ts');
  const services = await ensureEmbedded({ dataDir: worker.dataDir, log, ...asked });
  try {
    const { kafka } = services;
    const brokers = kafka ? [`${kafka.host}:${kafka.port}`] : worker.kafka.brokers;
    const settings = { ...worker, kafka: { ...worker.kafka, brokers } };
    return { connectors: await readConnectors(settings, log), warehouse: services.snowflake?.url };
  } finally {
    await services.release();
  }
}

async function readConnectors(
  { kafka, groupId, replicationFactor }: WorkerSettings,
  log: Logger,
): Promise<ReadonlyMap<string, FlatConfig>> {
  const client = createKafkaClient(kafka, log);
  try {
    const topics = await (await client.admin()).listTopics();
    // A plan changes nothing: where there is no cluster yet none is made.
    if (!topics.includes(clusterTopics(groupId).configs)) return new Map();
    const ignore = () => undefined;
    const cluster = openCluster({ client, groupId, replicationFactor, log, onChange: ignore, onLoggerLevel: ignore });
    try {
      await cluster.ready;
      return new Map([...cluster.configs.entries].map(([name, { config }]) => [name, config]));
    } finally {
      await cluster.close();
    }
  } catch (error) {
    throw new CommandError(
      `Kafka at ${kafka.brokers.join(', ')} does not answer (${kafkaReason(error)}): without it nobody knows what the cluster has.`,
      { cause: error },
    );
  } finally {
    await client.close();
  }
}
