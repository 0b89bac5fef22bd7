/**
 * The state of the broker: one owner for topics, groups and transactions. Handlers change it in one synchronous
 * piece each, so no request ever sees half of another.
 */

import { randomUUID } from 'node:crypto';
import type { FlushPolicy } from './flush-policy.ts';
import { Groups } from './groups/groups.ts';
import { CommittedOffsets, maxMetadataBytes } from './groups/offsets.ts';
import type { Storage } from './storage/storage.ts';
import { configTypes, type DescribedConfig } from './topics/config.ts';
import { type Topic, Topics } from './topics/topics.ts';
import { ProducerIds } from './transactions/producer-ids.ts';
import { maxTimeoutMs } from './transactions/transaction.ts';
import { Transactions } from './transactions/transactions.ts';

/** The one node of the cluster, as Metadata names it. */
export const nodeId = 1;

/** How a broker is set up. */
export interface BrokerSettings {
  /** The folder of the data, or what stands for it. */
  readonly dataDir: string;
  readonly autoCreateTopics: boolean;
  readonly defaultPartitions: number;
  readonly flush: FlushPolicy;
  readonly served: readonly ServedApi[];
  readonly log: (line: string) => void;
  /** Takes why data cannot be kept. */
  readonly warn: (line: string) => void;
}

/** Where clients reach the node. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** A request and the versions in which it is served. */
export interface ServedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

export class Broker {
  readonly clusterId: string;
  readonly settings: BrokerSettings;
  readonly topics: Topics;
  readonly groups: Groups;
  readonly transactions: Transactions;
  /** Set when the server listens, before the first request. */
  endpoint: Endpoint = { host: '', port: 0 };
  /** The requests that are served, as ApiVersions lists them. */
  readonly served: readonly ServedApi[];
  readonly #storage: Storage;
  readonly #cleaning: NodeJS.Timeout;

  constructor(storage: Storage, settings: BrokerSettings) {
    this.#storage = storage;
    this.settings = settings;
    this.served = settings.served;
    const { log, flush } = settings;
    const { journal } = storage;
    this.clusterId = clusterIdOf(storage);
    this.topics = new Topics({ storage, flush, log });
    const offsets = new CommittedOffsets(journal);
    this.groups = new Groups(offsets);
    const producerIds = new ProducerIds(journal);
    this.transactions = new Transactions({ journal, topics: this.topics, offsets, producerIds, log });
    this.#cleaning = setInterval(() => this.#cleanUp(), cleanUpMs);
    this.#cleaning.unref();
  }

  /** Makes a topic with the defaults, for a client that may have topics made by asking for them. */
  createDefault(name: string): Topic | undefined {
    const { defaultPartitions: partitions } = this.settings;
    return this.topics.create({ name, partitions, replicationFactor: 1, configs: new Map(), validateOnly: false });
  }

  /** Removes a topic with everything that refers to it. */
  deleteTopic(name: string): void {
    this.topics.get(name);
    this.groups.offsets.removeTopic(name);
    this.topics.delete(name);
  }

  /** The broker's own settings that tools ask for, as DescribeConfigs shows them. */
  describeSettings(): readonly DescribedConfig[] {
    const { autoCreateTopics, defaultPartitions, flush } = this.settings;
    return [
      setting('auto.create.topics.enable', String(autoCreateTopics), 'false', 'boolean'),
      setting('broker.id', String(nodeId), '-1', 'int'),
      setting('default.replication.factor', '1', '1', 'int'),
      setting('log.flush.interval.messages', intervalOf(flush.messages), never, 'long'),
      setting('log.flush.interval.ms', intervalOf(flush.ms), never, 'long'),
      setting('node.id', String(nodeId), '-1', 'int'),
      setting('num.partitions', String(defaultPartitions), '1', 'int'),
      setting('offset.metadata.max.bytes', String(maxMetadataBytes), String(maxMetadataBytes), 'int'),
      setting('transaction.max.timeout.ms', String(maxTimeoutMs), String(maxTimeoutMs), 'int'),
    ];
  }

  close(): void {
    clearInterval(this.#cleaning);
    this.transactions.close();
    this.groups.close();
    try {
      this.topics.close();
      this.#storage.markClosedCleanly();
    } catch (error) {
      this.settings.warn(`Closing left something that the next start has to recover: ${(error as Error).message}`);
    } finally {
      this.#storage.close();
    }
  }

  #cleanUp(): void {
    try {
      this.topics.retain(Date.now());
      this.topics.compact(Date.now());
    } catch (error) {
      this.settings.log(`Cleaning up failed, to be tried again: ${(error as Error).message}`);
    }
  }
}

/** An interval as Kafka writes it. */
function intervalOf(limit: number): string {
  return Number.isFinite(limit) ? String(limit) : never;
}

function setting(name: string, value: string, byDefault: string, type: keyof typeof configTypes): DescribedConfig {
  return { name, value, default: byDefault, isDefault: value === byDefault, type: configTypes[type], summary: '' };
}

/** The interval that never comes, as Kafka writes it. */
const never = '9223372036854775807';
const cleanUpMs = 5_000;
const clusterIdKey = 'cluster-id';

function clusterIdOf(storage: Storage): string {
  for (const [key, value] of storage.journal.entries()) if (key === clusterIdKey) return value as string;
  const id = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url');
  storage.journal.write(new Map([[clusterIdKey, id]]));
  return id;
}
