/**
 * Settles a sink's batches in Kafka: the group offset of a partition, together with the rejects found before it.
 *
 * Rejects and offset of one partition go out in one transaction under an id of that partition. Whoever is assigned a
 * partition takes its id over before reading the group offset: an older owner that is still about to commit is fenced
 * and cannot move the offset, or send rejects, behind the new one's back. (Fencing by the group's generation, KIP-447,
 * would need one id per task only; kafkajs does not have it. Offsets without rejects are fenced by the generation.)
 */
import type { Position, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { keyOf } from '../kafka/offsets.ts';
import { openTransactions, type TopicMessages, type TransactionalProducer } from '../kafka/producer.ts';

export interface Settler {
  /** Fences whoever owned these partitions before. What is then committed is committed for good. */
  takeOver(partitions: readonly TopicPartition[]): Promise<void>;
  /** Writes messages of a partition and, with `next`, its group offset: all or nothing. */
  commit(at: TopicPartition, messages: readonly TopicMessages[], next?: bigint): Promise<void>;
  close(): Promise<void>;
}

/** Each producer is a connection of its own: more of them rest until they are needed. */
const keptAwake = 16;
/** How many are opened at once while taking over. */
const atOnce = 8;

export function createSettler(options: {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly transactionalId: (at: TopicPartition) => string;
}): Settler {
  const { client, groupId, transactionalId } = options;
  const owned = new Map<string, TransactionalProducer>();
  /** The ids whose producers have a connection, the longest unused first. */
  const awake = new Set<string>();

  /** Counts the takeovers: what an older one opens belongs to somebody else by now. */
  let turn = 0;

  async function close(): Promise<void> {
    turn++;
    const all = [...owned.values()];
    owned.clear();
    awake.clear();
    await Promise.all(all.map((producer) => producer.close()));
  }

  /** The producer of an id. Once taken over it is never opened again: that would fence a successor. */
  async function producerOf(id: string): Promise<TransactionalProducer> {
    const own = turn;
    const producer = owned.get(id) ?? (await openTransactions(client, id));
    if (own !== turn) {
      await producer.close();
      throw new Error('the partitions were dealt anew meanwhile');
    }
    owned.set(id, producer);
    awake.delete(id);
    awake.add(id);
    const [oldest] = awake;
    if (awake.size > keptAwake && oldest !== undefined) {
      awake.delete(oldest);
      owned.get(oldest)?.rest();
    }
    return producer;
  }

  return {
    async takeOver(partitions) {
      await close();
      const own = turn;
      const ids = partitions.map(transactionalId);
      while (ids.length > 0 && own === turn) await Promise.all(ids.splice(0, atOnce).map(producerOf));
    },
    async commit({ topic, partition }, messages, next) {
      const id = transactionalId({ topic, partition });
      const producer = await producerOf(id);
      try {
        await producer.commit(
          messages,
          next === undefined ? undefined : { groupId, offsets: [{ topic, partition, next }] },
        );
      } catch (error) {
        // Whether it took place is not known: the next owner of the id ends it one way or the other.
        owned.delete(id);
        awake.delete(id);
        void producer.close();
        throw error;
      }
    },
    close,
  };
}

/** Where the rejects of a batch belong: one settling for each of its partitions. */
export function byPartition<T>(
  positions: readonly Position[],
  entries: readonly T[],
  originOf: (entry: T) => { readonly topic: string; readonly partition?: number },
): readonly { readonly position: Position; readonly entries: readonly T[] }[] {
  const keyed = Map.groupBy(entries, (entry) => keyOf(originOf(entry)));
  return positions.map((position) => ({
    position,
    entries: keyed.get(keyOf(position)) ?? [],
  }));
}
