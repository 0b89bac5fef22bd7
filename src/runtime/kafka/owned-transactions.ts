/**
 * Transactions under many transactional ids of one owner, as a sink has one for each of its partitions: over one
 * connection to each broker, and with few requests for an id.
 *
 * Taking an id over is one InitProducerId, which fences every older owner; the identity that it answers is kept. A
 * producer is made when an id is written with for the first time, and asks for no identity any more: it has the one
 * that was given at the takeover. So it can be late without harm: it is refused if somebody came meanwhile, and fences
 * nobody.
 */
import { type KafkaClient, transactionTimeoutMs } from './client.ts';
import { disconnect } from './disconnect.ts';
import { endHangingTransaction, idsWithOpenRecords, soon, transactionCoordinator } from './hanging-transaction.ts';
import { type InnerCluster, innerCluster, kafkaOver, type ProducerIdentity } from './inner-requests.ts';
import { type GroupOffsets, type TopicMessages, type TransactionalProducer, transactionsOf } from './producer.ts';

export interface OwnedTransactions {
  /**
   * Writes all of it in one transaction of the id: durable and visible when it resolves. After a failure the outcome is
   * unknown, and the id is not served any more until it is taken over anew.
   */
  commit(transactionalId: string, messages: readonly TopicMessages[], offsets?: GroupOffsets): Promise<void>;
  close(): Promise<void>;
}

/** How many ids are asked for at once: they share a connection, so this bounds what waits at the broker. */
const atOnce = 32;

export interface TakeoverOptions {
  /** The group whose offsets the transactions hold. */
  readonly groupId: string;
  /** Ends a takeover early; then it has no request under way when it rejects. */
  readonly signal: AbortSignal;
}

/**
 * Takes all of these ids over: any older owner is fenced and its open transaction ended. What is read as committed after
 * this is all that the older owners committed.
 */
export async function takeOver(
  client: KafkaClient,
  ids: readonly string[],
  options: TakeoverOptions,
): Promise<OwnedTransactions> {
  const cluster = innerCluster(client.kafka);
  if (cluster === undefined) throw new Error('this version of kafkajs does not let its connections be shared');
  try {
    await cluster.connect();
    const identities = await identify(client, cluster, ids, options);
    client.connection.up();
    return transactionsWith(client, cluster, identities);
  } catch (error) {
    await disconnect(cluster);
    throw error;
  }
}

/** Asks for an identity for each of the ids, after what Kafka has left hanging of them is ended. */
async function identify(
  client: KafkaClient,
  cluster: InnerCluster,
  ids: readonly string[],
  { groupId, signal }: TakeoverOptions,
): Promise<Map<string, ProducerIdentity>> {
  const coordinatorOf = (id: string) =>
    cluster.findGroupCoordinator({ groupId: id, coordinatorType: transactionCoordinator });
  const mayHang = await soon(async () => {
    const coordinators = await inTurns(ids, signal, coordinatorOf);
    const idsOf = Map.groupBy(coordinators, ([, coordinator]) => coordinator);
    return idsWithOpenRecords(cluster, new Map([...idsOf].map(([of, found]) => [of, found.map(([id]) => id)])));
  }, signal);
  await inTurns(mayHang, signal, (transactionalId) => endHangingTransaction(client, { transactionalId, groupId }));
  return inTurns(ids, signal, (transactionalId) => {
    const request = { transactionalId, transactionTimeout: transactionTimeoutMs };
    return soon(async () => (await coordinatorOf(transactionalId)).initProducerId(request), signal);
  });
}

function transactionsWith(
  client: KafkaClient,
  cluster: InnerCluster,
  identities: Map<string, ProducerIdentity>,
): OwnedTransactions {
  const producers = new Map<string, Promise<TransactionalProducer>>();
  const underWay = new Set<Promise<void>>();
  let closed = false;

  async function producerWith(transactionalId: string, identity: ProducerIdentity): Promise<TransactionalProducer> {
    const from = kafkaOver(client.kafka, withIdentity(cluster, identity));
    const producer = client.producer({ transactionalId, from });
    await producer.connect();
    return transactionsOf(producer, transactionalId);
  }

  return {
    async commit(transactionalId, messages, offsets) {
      const identity = identities.get(transactionalId);
      if (closed || identity === undefined) throw new NotOwnedError(transactionalId);
      const producer = producers.get(transactionalId) ?? producerWith(transactionalId, identity);
      producers.set(transactionalId, producer);
      const committing = producer.then((one) => one.commit(messages, offsets));
      underWay.add(committing);
      try {
        await committing;
      } catch (error) {
        identities.delete(transactionalId);
        producers.delete(transactionalId);
        throw error;
      } finally {
        underWay.delete(committing);
      }
    },
    async close() {
      closed = true;
      // A request after the end would connect again. What does not end in time is left to do so by itself.
      await disconnect({
        disconnect: async () => {
          await Promise.allSettled(underWay);
          await cluster.disconnect();
        },
      });
    },
  };
}

/** Calls for each of them, some at once; after a failure, or the signal, no call is made and none is under way. */
async function inTurns<T>(
  all: readonly string[],
  signal: AbortSignal,
  call: (one: string) => Promise<T>,
): Promise<Map<string, T>> {
  const answers = new Map<string, T>();
  const left = all.values();
  let failed = false;
  const turn = async () => {
    // All turns take from one iterator.
    for (const one of left) {
      if (failed) return;
      signal.throwIfAborted();
      try {
        answers.set(one, await call(one));
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, all.length) }, turn));
  const failure = ended.find((one) => one.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return answers;
}

/**
 * The cluster as a producer sees it that has its identity already: its coordinator answers that instead of giving
 * another one, and it cannot end the connections, which are not its own.
 */
function withIdentity(cluster: InnerCluster, identity: ProducerIdentity): InnerCluster {
  const own: Partial<InnerCluster> = {
    disconnect: async () => undefined,
    async findGroupCoordinator(of) {
      const coordinator = await cluster.findGroupCoordinator(of);
      return Object.create(coordinator, { initProducerId: { value: async () => identity } });
    },
  };
  return new Proxy(cluster, {
    get(target, name) {
      const value = Reflect.get(name in own ? own : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Whether it was committed is for the next owner of the id to see. */
class NotOwnedError extends Error {
  override readonly name = 'NotOwnedError';
  readonly retriable = true;

  constructor(transactionalId: string) {
    super(`${transactionalId} has to be taken over anew before anything is committed with it`);
  }
}
