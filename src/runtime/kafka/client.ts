/**
 * The one door to kafkajs: every client of a worker is made here, with our retry times, Java's partitioner, and a log
 * that says one line per change of state instead of one per failed attempt.
 */
import type { Admin, Consumer, Kafka as KafkaJs, PartitionAssigner, Producer } from 'kafkajs';
import type { Logger } from '../../sdk/index.ts';
import type { KafkaSettings } from '../config/model.ts';
import { isConnectionFailure, kafkaReason } from './errors.ts';
import { Kafka, logLevel } from './kafkajs/index.ts';
import { javaPartitioner } from './partitioner.ts';

/** Whether Kafka answers, as everybody who talks to it reports; a change of state is one line in the log. */
export interface KafkaConnection {
  readonly reachable: boolean;
  up(): void;
  /**
   * Somebody failed, for the `attempt`-th time where there are several. When Kafka could not be reached that is a change
   * of state; when it answers with an error that may pass, it is said only of who has tried in vain for long.
   */
  failed(error: unknown, attempt?: number): void;
  /** Somebody who should have has heard nothing for so long; counts only when nobody else has either. */
  silent(seconds: number): void;
}

/** After so many tries in vain, and after as many more, it is said. */
const longTries = 10;

function createKafkaConnection(brokers: readonly string[], log: Logger): KafkaConnection {
  let state: 'unknown' | 'up' | 'down' = 'unknown';
  let lastSign = Number.NEGATIVE_INFINITY;

  function down(reason: string): void {
    if (state === 'down') return;
    state = 'down';
    log.warn(
      `Kafka at ${brokers.join(', ')} does not answer (${reason}): trying again until it does; ` +
        'bootstrap.servers of the worker (KAFKA_BROKERS in the shipped configurations) says where it is',
    );
  }

  return {
    get reachable() {
      return state === 'up';
    },
    up() {
      if (state === 'down') log.info(`Kafka at ${brokers.join(', ')} answers again`);
      state = 'up';
      lastSign = performance.now();
    },
    failed(error, attempt = 0) {
      if (isConnectionFailure(error)) down(kafkaReason(error));
      else if (attempt > 0 && attempt % longTries === 0) {
        log.warn(`Kafka answers "${kafkaReason(error)}" after ${attempt} tries: trying again until it does not`);
      }
    },
    silent(seconds) {
      if (performance.now() - lastSign > seconds * 500) down(`nothing was heard of it for ${seconds} s`);
    },
  };
}

/** After so long, in ms, the broker aborts a transaction that is still open. */
export const transactionTimeoutMs = 10_000;

export interface KafkaClient {
  readonly connection: KafkaConnection;
  readonly kafka: KafkaJs;
  readonly logger: Logger;
  /** One connected admin for all: kafkajs connects again by itself. */
  admin(): Promise<Admin>;
  /** Wants to be replaced when it crashes: kafkajs is kept from starting it again. */
  consumer(options: {
    readonly groupId: string;
    readonly assigner: PartitionAssigner;
    readonly sessionTimeoutMs?: number;
    /** How long a fetch waits for data. */
    readonly maxWaitMs?: number;
  }): Consumer;
  /** @param options.from whose connections it uses, if not its own */
  producer(options?: { readonly transactionalId?: string; readonly from?: KafkaJs }): Producer;
  close(): Promise<void>;
}

export function createKafkaClient(settings: KafkaSettings, log: Logger): KafkaClient {
  const connection = createKafkaConnection(settings.brokers, log);
  const kafka = new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    ssl: typeof settings.ssl === 'object' ? { ...settings.ssl } : settings.ssl,
    ...(settings.sasl ? { sasl: settings.sasl as never } : {}),
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    // Short and quick: whoever calls has a loop of its own that goes on for as long as it takes.
    retry: { initialRetryTime: 20, maxRetryTime: 300, multiplier: 1.6, retries: 10 },
    logLevel: logLevel.INFO,
    logCreator:
      () =>
      ({ log: entry, namespace }) => {
        // Trouble is reported by whoever meets it, as a change of state; what kafkajs says of it is for debugging.
        log.debug(`${namespace}: ${entry.message}`);
      },
  });
  let admin: Promise<Admin> | undefined;
  const connectAdmin = async () => {
    const fresh = kafka.admin();
    await fresh.connect();
    connection.up();
    return fresh;
  };
  return {
    connection,
    kafka,
    logger: log,
    admin() {
      admin ??= connectAdmin().catch((error) => {
        admin = undefined;
        connection.failed(error);
        throw error;
      });
      return admin;
    },
    close: async () => {
      await admin?.then((connected) => connected.disconnect()).catch(() => undefined);
      admin = undefined;
    },
    consumer: ({ groupId, assigner, sessionTimeoutMs = 10_000, maxWaitMs = 250 }) =>
      kafka.consumer({
        groupId,
        partitionAssigners: [assigner],
        sessionTimeout: sessionTimeoutMs,
        heartbeatInterval: Math.floor(sessionTimeoutMs / 4),
        rebalanceTimeout: 15_000,
        maxWaitTimeInMs: maxWaitMs,
        // What is asked for beyond what kafkajs/fetch-bound.ts takes at once is fetched again.
        maxBytesPerPartition: 1024 * 1024,
        maxBytes: 2 * 1024 * 1024,
        allowAutoTopicCreation: false,
        metadataMaxAge: 30_000,
        retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5, restartOnFailure: async () => false },
      }),
    producer: ({ transactionalId, from = kafka } = {}) =>
      from.producer({
        createPartitioner: javaPartitioner,
        allowAutoTopicCreation: false,
        // A transaction right after another is answered CONCURRENT_TRANSACTIONS for some milliseconds: ask again soon.
        retry: { initialRetryTime: 5, maxRetryTime: 100, multiplier: 1.5, retries: 40 },
        ...(transactionalId === undefined
          ? { idempotent: true }
          : { transactionalId, transactionTimeout: transactionTimeoutMs, maxInFlightRequests: 1 }),
      }),
  };
}
