/**
 * The state of the cluster as one thing: its topics made, read to the end, and followed from then on. It opens in the
 * background for as long as Kafka needs to answer.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger, SourceOffset } from '../../sdk/index.ts';
import { ConnectError } from '../errors.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { classifyKafkaError } from '../kafka/errors.ts';
import { endHangingTransaction } from '../kafka/hanging-transaction.ts';
import { withRetries } from '../retry.ts';
import { type ActiveTopics, createActiveTopics } from './active-topics.ts';
import { type ConfigLog, configsWriterId, openConfigLog, parseLoggerRecord } from './config-log.ts';
import { createOffsetStore } from './offset-store.ts';
import { openStateLog, type StateLog } from './state-log.ts';
import { createStatusLog, type StatusLog } from './status-log.ts';
import { type ClusterTopics, clusterTopics, ensureClusterTopics, offsetsPartition } from './topics.ts';

export interface Cluster {
  readonly topics: ClusterTopics;
  readonly configs: ConfigLog;
  readonly statuses: StatusLog;
  readonly activeTopics: ActiveTopics;
  /** Resolves when the log has been read to its end; rejects when that can never be. */
  readonly ready: Promise<void>;
  readonly isReady: boolean;
  /** Kafka's id of the cluster; empty until ready. */
  readonly id: string;
  /** What is committed for a source by now, read to the end of the offsets topic. */
  committedOffsets(connector: string): Promise<ReadonlyMap<string, SourceOffset>>;
  close(): Promise<void>;
}

export function openCluster(options: {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly replicationFactor: number | undefined;
  readonly log: Logger;
  /** A connector's entry was written, changed or deleted. Not called for what was there at the start. */
  readonly onChange: (connector: string) => void;
  /** Somebody has set the level of a logger on all workers. */
  readonly onLoggerLevel: (logger: string, level: string) => void;
}): Cluster {
  const { client, groupId, log } = options;
  const topics = clusterTopics(groupId);
  const offsets = createOffsetStore();
  const closing = new AbortController();
  let stateLog: StateLog | undefined;
  let isReady = false;
  let id = '';

  const opened = () => {
    if (stateLog !== undefined) return stateLog;
    throw new ConnectError('NOT_READY', 'The worker is not ready: it waits for Kafka.');
  };
  const configs = openConfigLog({ client, topic: topics.configs, groupId, stateLog: opened });

  const activeTopics = createActiveTopics(topics, () => stateLog);

  async function open(): Promise<void> {
    await ensureClusterTopics(client, topics, options.replicationFactor);
    id = (await (await client.admin()).describeCluster()).clusterId;
    // Nobody could read past it, and so nobody would come to write and take the id over.
    await endHangingTransaction(client, { transactionalId: configsWriterId(groupId) });
    const fresh = await openStateLog({
      client,
      topics: Object.values(topics),
      groupId,
      workerId: `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`,
      log,
      onRecord: (record) => {
        if (record.topic === topics.offsets) offsets.apply(record);
        if (record.topic === topics.status) activeTopics.apply(record);
        if (record.topic !== topics.configs) return;
        const leveled = isReady ? parseLoggerRecord(record) : undefined;
        if (leveled !== undefined) options.onLoggerLevel(leveled.logger, leveled.level);
        const changed = configs.apply(record);
        if (changed !== undefined && isReady) options.onChange(changed);
      },
    });
    try {
      await fresh.barrier(topics.configs, 0);
      stateLog = fresh;
    } catch (error) {
      await fresh.close();
      throw error;
    }
  }

  const ready = withRetries(open, {
    policy: { timeoutMs: -1, maxDelayMs: 2_000 },
    signal: closing.signal,
    retriable: (error) => classifyKafkaError(error) === 'retriable',
    onRetry: client.connection.failed,
  }).then(() => {
    isReady = true;
  });
  ready.catch((error) => {
    if (!closing.signal.aborted) log.error(`The worker cannot start: ${(error as Error).message}`);
  });

  return {
    topics,
    configs,
    statuses: createStatusLog(topics, () => stateLog),
    activeTopics,
    ready,
    get isReady() {
      return isReady;
    },
    get id() {
      return id;
    },
    async committedOffsets(connector) {
      await opened().barrier(topics.offsets, offsetsPartition(connector));
      return offsets.of(connector);
    },
    async close() {
      closing.abort(new Error('the worker is closing'));
      await ready.catch(() => undefined);
      await configs.close();
      await stateLog?.close();
    },
  };
}
