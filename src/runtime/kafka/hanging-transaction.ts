/**
 * Ends what hangs of a transactional id: records that no marker will ever follow, because the transaction coordinator
 * takes their transaction for complete. They hold back the last stable offset of their partitions, and with it every
 * reader of committed records, for ever; retention does not help.
 *
 * Apache Kafka 4.3.1 does this to a client that has done everything right (KAFKA-20734). EndTxn is answered when its decision is in
 * the coordinator's log; the markers follow. A broker that is killed in between is the leader of its old partitions
 * when it comes back, until the controller has let go of its former life (9 s); it takes the decision up again, but
 * cannot reach itself yet. Then all partitions of one replica are without a leader for a moment. The coordinator takes
 * those for deleted topics (`TransactionMarkerChannelManager`: "likely deleted already and hence can be skipped") and,
 * if it is quicker than its own resignation, writes the transaction down as complete, with no marker in any partition.
 *
 * The way out is the coordinator's own: the owner of the id adds the partitions to another transaction and ends that
 * the way the coordinator has decided, which ends what hangs there with it; the partitions together, so that records
 * and offsets become visible together or not at all. What can be lost is the decision itself, with an owner who took the
 * id over and died before this was done (`Empty`): then it is committed, as almost all transactions are. Kafka's own
 * tool (`kafka-transactions.sh abort`) knows of no decision and throws away what was committed.
 *
 * Needs Kafka 3.0 for the describing (KIP-664), READ on the topics to see them, WRITE to end what hangs there.
 */
import type { TopicPartition } from '../../sdk/index.ts';
import { withRetries } from '../retry.ts';
import { type KafkaClient, transactionTimeoutMs } from './client.ts';
import { classifyKafkaError, kafkaReason, LostAnswerError } from './errors.ts';
import {
  describeOpen,
  describesTransactions,
  describeTransaction,
  describeTransactions,
  type InnerBroker,
  type InnerCluster,
  innerCluster,
  type OpenInPartition,
  type ProducerIdentity,
} from './inner-requests.ts';

/**
 * States in which a transaction of the id was aborted or will be by whoever takes it over. If it was a later one, it may
 * have taken some of what hangs with it: the rest must not become visible either.
 */
const aborting = new Set(['Ongoing', 'PrepareAbort', 'CompleteAbort']);

/** COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR: soon there is an answer. */
const passing = new Set([14, 15, 16]);

/** kafkajs's word for a coordinator of transactions, as against one of groups. */
export const transactionCoordinator = 1;

/** An id, and the group whose offsets its transactions hold, if they do. */
export interface TransactionOwner {
  readonly transactionalId: string;
  readonly groupId?: string | undefined;
}

/**
 * Looks for records of the id that hang and ends them, fencing the id's owner if there are any: to be called by who
 * takes the id over, before that. What cannot be ended is logged with the way out.
 */
export async function endHangingTransaction(client: KafkaClient, of: TransactionOwner): Promise<void> {
  const cluster = innerCluster(client.kafka);
  if (cluster === undefined) return;
  const { transactionalId } = of;
  try {
    await cluster.connect();
    const coordinator = () =>
      cluster.findGroupCoordinator({ groupId: transactionalId, coordinatorType: transactionCoordinator });
    if (!describesTransactions(await coordinator())) return;
    const { errorCode, state, producerId } = await soon(async () => {
      const described = await describeTransaction(await coordinator(), transactionalId);
      if (passing.has(described.errorCode)) throw new CoordinatorMovingError(transactionalId);
      return described;
    });
    // Nobody has used the id, or nobody may know.
    if (errorCode !== 0) return;
    if ((await openOf(cluster, new Set([producerId]))).length === 0) return;

    const owner = await soon(async () =>
      (await coordinator()).initProducerId({ transactionalId, transactionTimeout: transactionTimeoutMs }),
    );
    // Once more: what was only open is over now, since the id is not given before all markers are written.
    const hanging = await openOf(cluster, new Set([producerId]));
    if (hanging.length === 0) return;
    const committed = !aborting.has(state);
    try {
      if (owner.producerId !== producerId) throw new Error(`producer id ${producerId} has used up its epochs`);
      await end(coordinator, { ...of, ...owner }, hanging, committed);
      client.logger.warn(
        `Kafka had left a transaction of ${transactionalId} hanging, complete for its coordinator and without markers ` +
          `in ${placesOf(hanging)}: it is ${committed ? 'committed' : 'aborted'} now`,
        { producerId, state },
      );
    } catch (error) {
      if (classifyKafkaError(error) === 'retriable') throw error;
      client.logger.error(
        `Kafka has left a transaction of ${transactionalId} (producer id ${producerId}) hanging, and it could not be ` +
          `ended: ${kafkaReason(error)}. Nobody reads what was committed behind ${placesOf(hanging)} until it is ` +
          `ended, by hand: ${hanging.map(abortCommand).join('; ')}`,
      );
    }
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}

/** Ends them in one transaction. Each request may be said again after a lost answer. */
async function end(
  coordinator: () => Promise<InnerBroker>,
  { groupId, ...who }: TransactionOwner & ProducerIdentity,
  hanging: readonly TopicPartition[],
  committed: boolean,
): Promise<void> {
  // Kafka adds the partitions of its offsets topic by the group alone.
  const [offsets, data] = [hanging.filter(isOfOffsets), hanging.filter((one) => !isOfOffsets(one))];
  if (offsets.length > 0) {
    if (groupId === undefined) throw new Error('it holds offsets of a group that is not known');
    await soon(async () => (await coordinator()).addOffsetsToTxn({ ...who, groupId }));
  }
  if (data.length > 0) {
    await soon(async () => (await coordinator()).addPartitionsToTxn({ ...who, topics: byTopic(data) }));
  }
  await soon(async () => (await coordinator()).endTxn({ ...who, transactionResult: committed }));
}

const isOfOffsets = ({ topic }: TopicPartition): boolean => topic === '__consumer_offsets';

/**
 * Those of the ids for which {@link endHangingTransaction} may have something to do, since they have open records; found
 * with a few requests for all of them. Fails as one that may be tried again while a coordinator is moving.
 */
export async function idsWithOpenRecords(
  cluster: InnerCluster,
  coordinated: ReadonlyMap<InnerBroker, readonly string[]>,
): Promise<readonly string[]> {
  const answers = [...coordinated].map(async ([coordinator, ids]) =>
    describesTransactions(coordinator) ? describeTransactions(coordinator, ids) : [],
  );
  const described = (await Promise.all(answers)).flat();
  const moving = described.find(({ errorCode }) => passing.has(errorCode));
  if (moving !== undefined) throw new CoordinatorMovingError(moving.transactionalId);
  const used = described.filter(({ errorCode }) => errorCode === 0);
  const producers = new Set(used.map(({ producerId }) => producerId));
  const open = producers.size === 0 ? [] : await openOf(cluster, producers);
  const withRecords = new Set(open.map(({ producerId }) => producerId));
  return used.filter(({ producerId }) => withRecords.has(producerId)).map(({ transactionalId }) => transactionalId);
}

/** Where in the cluster producers have records that no marker follows. */
async function openOf(cluster: InnerCluster, producerIds: ReadonlySet<string>): Promise<readonly OpenInPartition[]> {
  const metadata = await cluster.metadata({ topics: [] });
  if (metadata === null) throw new LostAnswerError();
  const led = metadata.topicMetadata.flatMap(({ topic, partitionMetadata }) =>
    partitionMetadata.map(({ partitionId, leader }) => ({ topic, partition: partitionId, leader })),
  );
  const answers = [...Map.groupBy(led, ({ leader }) => leader)].map(async ([nodeId, partitions]) => {
    if (nodeId < 0) return [];
    const leader = await cluster.findBroker({ nodeId });
    return describeOpen(leader, new Map(byTopic(partitions).map(({ topic, partitions: of }) => [topic, of])));
  });
  return (await Promise.all(answers)).flat().filter(({ producerId }) => producerIds.has(producerId));
}

const byTopic = (all: readonly TopicPartition[]) =>
  [...Map.groupBy(all, ({ topic }) => topic)].map(([topic, of]) => ({
    topic,
    partitions: of.map(({ partition }) => partition),
  }));

const placesOf = (all: readonly OpenInPartition[]): string =>
  all
    .map(
      ({ topic, partition, startOffset, lastTimestamp }) =>
        `${topic}-${partition} from offset ${startOffset} (since ${new Date(lastTimestamp).toISOString()})`,
    )
    .join(', ');

export const abortCommand = ({ topic, partition, startOffset }: OpenInPartition): string =>
  `kafka-transactions.sh --bootstrap-server … abort --topic ${topic} --partition ${partition} --start-offset ${startOffset}`;

/** A coordinator that loads, moves or still writes markers answers for real in a moment. */
export const soon = <T>(call: () => Promise<T>, signal: AbortSignal = new AbortController().signal): Promise<T> =>
  withRetries(call, {
    policy: { timeoutMs: 10_000, maxDelayMs: 300 },
    signal,
    retriable: (error) => classifyKafkaError(error) === 'retriable',
  });

class CoordinatorMovingError extends Error {
  override readonly name = 'KafkaJSProtocolError';
  readonly type = 'NOT_COORDINATOR';
  readonly retriable = true;

  constructor(transactionalId: string) {
    super(`the transaction coordinator of ${transactionalId} is not there yet`);
  }
}
