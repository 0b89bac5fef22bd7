/**
 * Sends the messages of one call, each once, however often its requests have to be tried again. kafkajs deals messages to
 * partitions anew at each try and remembers which *brokers* have answered: when leaders move or one of several partitions
 * fails, records are left out or sent twice, and the transaction that holds them commits.
 *
 * Here a message keeps its partition and its place in the producer's sequence, and what has arrived is remembered by
 * partition. Calls of an idempotent producer go one after another. When one failed by anything but a refusal of Kafka's
 * the producer is of no more use: what it has sent may have arrived, and the next call would take the same places in the
 * sequence. A refusal is told when it is known of all the other messages that they have arrived; `notTaken` has the rest.
 */
import type { Message, PartitionerArgs, PartitionMetadata, RecordMetadata } from 'kafkajs';
import { classifyKafkaError } from '../errors.ts';
import { answerOf, keepAnswer } from './answers.ts';
import { groupMessages } from './message-groups.ts';
import { inner, replace } from './replace.ts';

interface Call {
  readonly acks: number;
  readonly timeout?: number;
  readonly compression?: number;
  readonly topicMessages: readonly { readonly topic: string; readonly messages: readonly Message[] }[];
}

/** What one partition gets of a call. */
interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: Message[];
  firstSequence: number | undefined;
}

type TopicData = readonly { readonly topic: string; readonly partitions: readonly Batch[] }[];

interface Answer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

/** A call in the midst of its tries. */
interface Sending {
  readonly call: Call;
  /** What has not arrived, as far as is known. */
  readonly pending: Set<Batch>;
  /** What the brokers answered of the rest. */
  readonly arrived: RecordMetadata[];
}

/** What of kafkajs's is used here. */
interface Kafkajs {
  readonly logger: { error(message: string, extra: object): void; debug(message: string, extra: object): void };
  readonly cluster: {
    isConnected(): boolean;
    connect(): Promise<void>;
    addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
    refreshMetadata(): Promise<void>;
    refreshMetadataIfNecessary(): Promise<void>;
    findTopicPartitionMetadata(topic: string): PartitionMetadata[];
    findBroker(of: { readonly nodeId: string }): Promise<{ produce(request: object): Promise<Answer | undefined> }>;
    removeBroker(at: { readonly host?: string | undefined; readonly port?: number | undefined }): void;
  };
  readonly partitioner: (of: PartitionerArgs) => number;
  readonly eosManager: {
    /** Whether it has a producer id: an idempotent producer. */
    isInitialized(): boolean;
    isTransactional(): boolean;
    getTransactionalId(): string;
    getProducerId(): unknown;
    getProducerEpoch(): number;
    getSequence(topic: string, partition: number): number;
    updateSequence(topic: string, partition: number, increment: number): void;
    addPartitionsToTransaction(topics: TopicData): Promise<void>;
  };
  readonly retrier: <T>(call: (bail: (error: unknown) => void, retryCount: number, retryTime: number) => T) => T;
}

interface KafkajsError extends Error {
  readonly type?: string;
  readonly retriable?: boolean;
  readonly host?: string;
  readonly port?: number;
}

const refusals = new WeakMap<object, readonly Pick<Batch, 'topic' | 'messages'>[]>();

/** What did not arrive of a call that was refused; undefined for any other failure. */
export const notTaken = (refusal: unknown) =>
  typeof refusal === 'object' && refusal !== null ? refusals.get(refusal) : undefined;

const noAnswer = -1;
/** That the very batch has arrived before: its first answer was lost. */
const duplicateSequence = 46;
const leaderNotAvailable = 5;
const unknownTopicOrPartition = 3;

/** Goes for what loads kafkajs after this. */
export function sendEachOnce(): void {
  // All later versions of the answer take their `parse` from this one.
  keepAnswer('protocol/requests/produce/v3/response');
  replace('producer/sendMessages', () => createSendMessages);
}

/** A record names a partition that its topic does not have. */
export class NoSuchPartitionError extends Error {
  override readonly name = 'NoSuchPartitionError';
  readonly retriable = false;

  constructor({ topic, partition }: Batch, count: number) {
    super(`A record names partition ${partition} of ${topic}, which has ${count} (0 to ${count - 1})`);
  }
}

export function createSendMessages({ logger, cluster, partitioner, eosManager, retrier }: Kafkajs) {
  const { createErrorFromCode } = inner<{ createErrorFromCode(code: number): KafkajsError }>('protocol/error');

  /** Deals each message to its partition. */
  const begin = (call: Call): Sending => {
    const pending = new Set<Batch>();
    for (const { topic, messages } of call.topicMessages) {
      const partitionMetadata = cluster.findTopicPartitionMetadata(topic);
      if (partitionMetadata.length === 0) throw createErrorFromCode(unknownTopicOrPartition);
      const groups = groupMessages({ topic, partitionMetadata, messages, partitioner });
      for (const [partition, of] of Object.entries(groups)) {
        pending.add({ topic, partition: Number(partition), messages: of, firstSequence: undefined });
      }
    }
    return { call, pending, arrived: [] };
  };

  const leaderOf = (batch: Batch, isFresh: boolean): string => {
    const partitions = cluster.findTopicPartitionMetadata(batch.topic);
    const found = partitions.find(({ partitionId }) => partitionId === batch.partition);
    if (found === undefined && partitions.length > 0 && isFresh)
      throw new NoSuchPartitionError(batch, partitions.length);
    if (found === undefined) throw createErrorFromCode(unknownTopicOrPartition);
    if (!(found.leader >= 0)) throw createErrorFromCode(leaderNotAvailable);
    return String(found.leader);
  };

  /** One request to one broker: marks what has arrived, and answers why the rest has not. */
  async function produce(
    nodeId: string,
    batches: Batch[],
    { call, pending, arrived }: Sending,
  ): Promise<KafkajsError[]> {
    const { acks, timeout, compression } = call;
    const broker = await cluster.findBroker({ nodeId });
    for (const batch of batches) batch.firstSequence ??= eosManager.getSequence(batch.topic, batch.partition);
    const answer = await broker
      .produce({
        transactionalId: eosManager.isTransactional() ? eosManager.getTransactionalId() : undefined,
        producerId: eosManager.getProducerId(),
        producerEpoch: eosManager.getProducerEpoch(),
        acks,
        timeout,
        compression,
        topicData: byTopic(batches),
      })
      .catch(answerOf<Answer>);
    const answers = new Map(
      answer?.topics.flatMap(({ topicName, partitions }) =>
        partitions.map((of) => [`${topicName}-${of.partition}`, { topicName, ...of }]),
      ),
    );
    const failures: KafkajsError[] = [];
    for (const batch of batches) {
      const { topic, partition, messages } = batch;
      const own = answers.get(`${topic}-${partition}`);
      // Without acks there is no answer, and nothing to try again.
      const code = acks === 0 ? 0 : (own?.errorCode ?? noAnswer);
      if (code === 0 || code === duplicateSequence) {
        eosManager.updateSequence(topic, partition, messages.length);
        pending.delete(batch);
        if (own !== undefined) arrived.push(own);
      } else failures.push(createErrorFromCode(code));
    }
    return failures;
  }

  /** One request to each leader; throws when not all has arrived. */
  async function tryOnce(sending: Sending, isFresh: boolean): Promise<void> {
    const byLeader = Map.groupBy(sending.pending, (batch) => leaderOf(batch, isFresh));
    if (eosManager.isTransactional()) await eosManager.addPartitionsToTransaction(byTopic([...sending.pending]));
    const outcomes = await Promise.allSettled(
      [...byLeader].map(([nodeId, batches]) => produce(nodeId, batches, sending)),
    );
    const failures = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : [outcome.reason as KafkajsError],
    );
    // A refusal is final only when it is known of all the others whether they have arrived.
    const failure = failures.find(({ retriable }) => retriable !== false) ?? failures[0];
    if (failure === undefined) return;
    if (failures.every(isRefusal)) refusals.set(failure, [...sending.pending]);
    throw failure;
  }

  async function send(call: Call): Promise<readonly RecordMetadata[]> {
    let sending: Sending | undefined;
    return retrier(async (bail, retryCount, retryTime) => {
      const at = { retryCount, retryTime };
      try {
        await cluster.addMultipleTargetTopics(call.topicMessages.map(({ topic }) => topic));
        await cluster.refreshMetadataIfNecessary();
        sending ??= begin(call);
        await tryOnce(sending, retryCount > 0);
        return sending.arrived;
      } catch (thrown) {
        const error = thrown as KafkajsError;
        if (error.name === 'KafkaJSConnectionClosedError') cluster.removeBroker({ host: error.host, port: error.port });
        if (!cluster.isConnected()) {
          logger.debug(`Cluster has disconnected, reconnecting: ${error.message}`, at);
          await cluster.connect();
          await cluster.refreshMetadata();
        } else {
          logger.error(`Failed to send messages: ${error.message}`, at);
          if (error.retriable !== true) bail(error);
          else await cluster.refreshMetadata();
        }
        throw error;
      }
    });
  }

  let last: Promise<unknown> = Promise.resolve();
  return (call: Call): Promise<readonly RecordMetadata[]> => {
    if (!eosManager.isInitialized()) return send(call);
    const sent = last.then(() => send(call));
    last = sent.catch(() => undefined);
    return sent;
  };
}

/** That a broker has looked at the records and takes none of the batch. */
const isRefusal = ({ type }: KafkajsError): boolean => classifyKafkaError({ type }) === 'refused';

const byTopic = (batches: readonly Batch[]): TopicData =>
  [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, partitions]) => ({ topic, partitions }));
