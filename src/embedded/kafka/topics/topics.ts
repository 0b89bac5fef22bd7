/**
 * The topics of the broker: the one place that knows their names, ids, settings and partitions, and that makes,
 * changes and deletes them. A change is in the journal before anyone can see it.
 *
 * There is one node, so every replication factor above 1 is refused, as a Kafka of one broker does.
 */

import { randomBytes } from 'node:crypto';
import { KafkaError } from '../errors.ts';
import type { FlushPolicy } from '../flush-policy.ts';
import type { LogConfig } from '../log/log-config.ts';
import { IndexCache } from '../log/offset-index.ts';
import { PartitionLog } from '../log/partition-log.ts';
import type { Json, Storage } from '../storage/storage.ts';
import { checkConfig, logConfig, type TopicConfigs } from './config.ts';
import { type BatchLimits, batchLimits } from './limits.ts';
import { checkCollision, checkTopicName } from './names.ts';

/** A topic as others see it. */
export interface Topic {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly configs: TopicConfigs;
  readonly partitions: readonly PartitionLog[];
  readonly limits: BatchLimits;
}

interface StoredTopic {
  readonly name: string;
  readonly id: string;
  readonly folder: string;
  readonly partitions: number;
  readonly configs: { readonly [name: string]: string };
  /** First offsets that DeleteRecords or retention moved, by partition. */
  readonly startOffsets: { readonly [partition: string]: number };
}

interface TopicState extends Topic {
  readonly folder: string;
  readonly partitions: PartitionLog[];
  configs: TopicConfigs;
  logConfig: LogConfig;
  limits: BatchLimits;
}

const journalPrefix = 'topic/';
const maxPartitions = 10_000;
/** The memory for the indexes of segments that are no longer written to: 2.5 GB of log. */
const indexCacheBytes = 16 * 1024 * 1024;

export class Topics {
  readonly #storage: Storage;
  readonly #flush: FlushPolicy;
  readonly #cache = new IndexCache(indexCacheBytes);
  readonly #log: (line: string) => void;
  readonly #topics = new Map<string, TopicState>();
  readonly #byId = new Map<string, TopicState>();

  /**
   * Opens all topics that the storage holds. Folders that are left over from a deletion are removed; when the journal
   * is damaged it may be the one that forgot them, and they are set aside.
   */
  constructor(options: {
    readonly storage: Storage;
    readonly flush: FlushPolicy;
    readonly log: (line: string) => void;
  }) {
    this.#storage = options.storage;
    this.#flush = options.flush;
    this.#log = options.log;
    for (const [key, value] of this.#storage.journal.entries()) {
      if (key.startsWith(journalPrefix)) this.#open(value as unknown as StoredTopic);
    }
    const known = new Set([...this.#topics.values()].map((topic) => topic.folder));
    for (const folder of this.#storage.topicFolders()) {
      if (known.has(folder)) continue;
      if (!this.#storage.journal.isDamaged) this.#storage.removeTopic(folder);
      else
        this.#log(
          `Topic folder ${folder} is in no journal, which was damaged: it is in ${this.#storage.setTopicAside(folder)}`,
        );
    }
  }

  list(): readonly Topic[] {
    return [...this.#topics.values()];
  }

  find(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  findById(id: string): Topic | undefined {
    return this.#byId.get(id);
  }

  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION */
  get(name: string): Topic {
    return this.#get(name);
  }

  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION */
  partition(name: string, partition: number): PartitionLog {
    const log = this.#topics.get(name)?.partitions[partition];
    if (log === undefined) {
      throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `There is no partition ${partition} of a topic ${name}`);
    }
    return log;
  }

  /** Makes a topic, ready to use when this returns; with `validateOnly` only says whether it could. */
  create(wanted: {
    readonly name: string;
    readonly partitions: number;
    readonly replicationFactor: number;
    readonly configs: ReadonlyMap<string, string | null>;
    readonly validateOnly: boolean;
  }): Topic | undefined {
    const { name, partitions } = wanted;
    checkTopicName(name);
    if (this.#topics.has(name)) throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' already exists.`);
    checkCollision(name, this.#topics.keys());
    if (partitions < 1 || partitions > maxPartitions) {
      throw new KafkaError('INVALID_PARTITIONS', `A topic has 1 to ${maxPartitions} partitions, not ${partitions}`);
    }
    if (wanted.replicationFactor !== 1) {
      throw new KafkaError(
        'INVALID_REPLICATION_FACTOR',
        `Replication factor ${wanted.replicationFactor} needs as many brokers; the embedded one is alone: use 1`,
      );
    }
    const configs = Object.fromEntries([...wanted.configs].map(([key, value]) => [key, checkConfig(key, value)]));
    if (wanted.validateOnly) return undefined;
    const id = randomBytes(16).toString('hex');
    const stored = {
      name,
      id,
      folder: `${name.slice(0, 200)}.${id.slice(0, 8)}`,
      partitions,
      configs,
      startOffsets: {},
    };
    this.#write(stored);
    try {
      return this.#open(stored);
    } catch (error) {
      this.delete(name);
      throw error;
    }
  }

  /** Adds partitions; there can never be fewer. */
  grow(name: string, partitions: number, validateOnly: boolean): void {
    const topic = this.#get(name);
    const now = topic.partitions.length;
    if (partitions <= now || partitions > maxPartitions) {
      throw new KafkaError(
        'INVALID_PARTITIONS',
        `The topic ${name} currently has ${now} partition(s); ${partitions} would not be an increase.`,
      );
    }
    if (validateOnly) return;
    this.#write({ ...store(topic), partitions });
    for (let partition = now; partition < partitions; partition++) {
      topic.partitions.push(this.#openLog(topic, partition, 0));
    }
  }

  /** Replaces all settings of a topic. */
  configure(name: string, wanted: ReadonlyMap<string, string | null>, validateOnly: boolean): void {
    const topic = this.#get(name);
    const configs = new Map([...wanted].map(([key, value]) => [key, checkConfig(key, value)]));
    if (validateOnly) return;
    this.#write({ ...store(topic), configs: Object.fromEntries(configs) });
    this.#follow(topic, configs);
  }

  delete(name: string): void {
    const topic = this.#topics.get(name);
    this.#storage.journal.write(new Map([[journalPrefix + name, null]]));
    if (topic === undefined) return;
    this.#topics.delete(name);
    this.#byId.delete(topic.id);
    for (const log of topic.partitions) log.discard();
    this.#storage.removeTopic(topic.folder);
  }

  /** Forgets the records before `offset` (-1: all); the new first offset. */
  deleteRecords(name: string, partition: number, offset: number): number {
    const log = this.partition(name, partition);
    const before = offset === -1 ? log.endOffset : offset;
    if (before < 0 || before > log.endOffset) {
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `Offset ${offset} is not in ${log.startOffset}..${log.endOffset}`);
    }
    if (before > log.startOffset) {
      const topic = this.#get(name);
      const stored = store(topic);
      // The journal first: the files may only lose what nobody can ask for any more.
      this.#write({ ...stored, startOffsets: { ...stored.startOffsets, [partition]: before } });
      log.deleteBefore(before);
    }
    return log.startOffset;
  }

  /** Deletes what has outlived `retention.ms` or `retention.bytes`, and forgets idle producers. */
  retain(now: number): void {
    for (const topic of this.#topics.values()) {
      for (const [partition, log] of topic.partitions.entries()) {
        log.expireProducers(now);
        const from = log.retainedFrom(now);
        if (from > log.startOffset) this.deleteRecords(topic.name, partition, from);
      }
    }
  }

  /** Compacts the next log that needs it; one at a time, so that requests need not wait for all of them. */
  compact(now: number): void {
    this.list().some(({ partitions }) => partitions.some((log) => log.compact(now)));
  }

  /** @throws KafkaError when something could not be flushed; all is closed then, too. */
  close(): void {
    const failures: unknown[] = [];
    for (const log of this.list().flatMap(({ partitions }) => partitions)) {
      try {
        log.close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  #get(name: string): TopicState {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `There is no topic ${name}`);
    return topic;
  }

  #write(topic: StoredTopic): void {
    this.#storage.journal.write(new Map([[journalPrefix + topic.name, topic as unknown as Json]]));
  }

  #open(stored: StoredTopic): Topic {
    const configs = new Map(Object.entries(stored.configs));
    const topic: TopicState = {
      name: stored.name,
      id: stored.id,
      folder: stored.folder,
      partitions: [],
      configs,
      logConfig: logConfig(configs, this.#flush),
      limits: batchLimits(configs),
    };
    this.#follow(topic, configs);
    for (let partition = 0; partition < stored.partitions; partition++) {
      topic.partitions.push(this.#openLog(topic, partition, stored.startOffsets[partition] ?? 0));
    }
    this.#topics.set(topic.name, topic);
    this.#byId.set(topic.id, topic);
    return topic;
  }

  #openLog(topic: TopicState, partition: number, startOffset: number): PartitionLog {
    return new PartitionLog({
      store: this.#storage.partition(topic.folder, partition),
      config: () => topic.logConfig,
      startOffset,
      log: this.#log,
      name: `${topic.name}-${partition}`,
      wasClosedCleanly: this.#storage.wasClosedCleanly,
      cache: this.#cache,
    });
  }

  #follow(topic: TopicState, configs: TopicConfigs): void {
    topic.configs = configs;
    topic.logConfig = logConfig(configs, this.#flush);
    topic.limits = batchLimits(configs);
  }
}

function store(topic: TopicState): StoredTopic {
  return {
    name: topic.name,
    id: topic.id,
    folder: topic.folder,
    partitions: topic.partitions.length,
    configs: Object.fromEntries(topic.configs),
    startOffsets: Object.fromEntries(
      topic.partitions.flatMap((log, i) => (log.startOffset > 0 ? [[String(i), log.startOffset]] : [])),
    ),
  };
}
