/**
 * Settles a sink's batches in Kafka: the group offset of a partition, together with the rejects found before it.
 *
 * Rejects and offset of one partition go out in one transaction under an id of that partition. Whoever is assigned a
 * partition takes its id over before reading the group offset: an older owner that is still about to commit is fenced
 * and cannot move the offset, or send rejects, behind the new one's back. (Fencing by the group's generation, KIP-447,
 * would need one id per task only; kafkajs does not have it. Offsets without rejects are fenced by the generation.)
 * All ids of a task share its connections.
 */
import type { Mark, Position, TopicPartition } from '../../sdk/index.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { disconnect } from '../kafka/disconnect.ts';
import { keyOf } from '../kafka/offsets.ts';
import { type OwnedTransactions, takeOver } from '../kafka/owned-transactions.ts';
import type { TopicMessages } from '../kafka/producer.ts';

export interface Settler {
  /** Fences whoever owned these partitions before. What is then committed is committed for good. */
  takeOver(partitions: readonly TopicPartition[]): Promise<void>;
  /** Writes messages of a partition and, with `next`, its group offset: all or nothing. */
  commit(at: TopicPartition, messages: readonly TopicMessages[], next?: Mark): Promise<void>;
  close(): Promise<void>;
}

export function createSettler(options: {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly transactionalId: (at: TopicPartition) => string;
}): Settler {
  const { client, groupId, transactionalId } = options;
  let owned: OwnedTransactions | undefined;
  let overtaken = new AbortController();
  /** Takes over one after the other: what an older takeover still asked for would fence the newer one. */
  let takingOver: Promise<void> = Promise.resolve();

  function letGo(): Promise<void> {
    overtaken.abort(new Error('the partitions were dealt anew meanwhile'));
    const former = owned;
    owned = undefined;
    // A takeover that hangs is left to end by itself.
    return disconnect({ disconnect: async () => void (await Promise.allSettled([takingOver, former?.close()])) });
  }

  return {
    takeOver(partitions) {
      const former = takingOver.catch(() => undefined);
      void letGo();
      const own = new AbortController();
      overtaken = own;
      takingOver = former.then(async () => {
        const { signal } = own;
        signal.throwIfAborted();
        const taken = await takeOver(client, partitions.map(transactionalId), { groupId, signal });
        if (signal.aborted) await taken.close();
        signal.throwIfAborted();
        owned = taken;
      });
      return takingOver;
    },
    async commit({ topic, partition }, messages, next) {
      const id = transactionalId({ topic, partition });
      if (owned === undefined) throw new Error(`${topic}-${partition} was not taken over`);
      const offsets = next && { groupId, offsets: [{ topic, partition, next: next.next, last: next.last }] };
      await owned.commit(id, messages, offsets);
    },
    close: letGo,
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
