/**
 * How old the oldest record is that a sink task has not settled: how far it is behind, in time.
 *
 * Of what was fetched the records' own time stamps tell. What is known to lie in a partition and was not fetched is at
 * least as old as that knowledge: while nothing is fetched the age goes on growing.
 */
import type { TopicPartition } from '../../sdk/index.ts';
import type { FetchedBatch } from '../kafka/consumer-model.ts';
import { keyOf } from '../kafka/offsets.ts';

type Fetched = Pick<FetchedBatch, 'messages' | 'next'>;

export interface Unsettled {
  fetched(batch: TopicPartition & Fetched): void;
  /** Everything of the partition before `settled` is done, and its log ends at `end`. */
  stands(at: TopicPartition, settled: bigint, end: bigint): void;
  /** In seconds, as of `now` (ms since 1970); 0 when nothing is behind. */
  oldest(now: number): number;
  clear(): void;
}

interface Partition {
  /** Fetched and not yet all settled, in the order of their offsets. The batch that is being written holds them too. */
  readonly fetched: Fetched[];
  settled: bigint;
  /** Since when more is known to be there than was fetched, in ms since 1970. */
  moreSince: number | undefined;
}

export function createUnsettled(): Unsettled {
  const partitions = new Map<string, Partition>();

  function partitionOf(at: TopicPartition): Partition {
    const key = keyOf(at);
    const known = partitions.get(key) ?? { fetched: [], settled: 0n, moreSince: undefined };
    partitions.set(key, known);
    return known;
  }

  return {
    fetched({ topic, partition, messages, next }) {
      const of = partitionOf({ topic, partition });
      of.fetched.push({ messages, next });
      // What lies behind this fetch is younger than what was known before it.
      of.moreSince = undefined;
    },
    stands(at, settled, end) {
      const of = partitionOf(at);
      of.settled = settled;
      while (of.fetched[0] !== undefined && of.fetched[0].next <= settled) of.fetched.shift();
      const reached = of.fetched.at(-1)?.next ?? settled;
      of.moreSince = end > reached ? (of.moreSince ?? Date.now()) : undefined;
    },
    oldest(now) {
      let age = 0;
      for (const partition of partitions.values()) {
        const since = oldestFetched(partition) ?? partition.moreSince ?? now;
        age = Math.max(age, now - since);
      }
      return age / 1000;
    },
    clear: () => partitions.clear(),
  };
}

/** The time stamp of the first record that is fetched and not settled; undefined where it has none, or there is none. */
function oldestFetched({ fetched, settled }: Partition): number | undefined {
  for (const { messages } of fetched) {
    const index = firstFrom(messages, settled);
    const timestamp = Number(messages[index]?.timestamp ?? -1);
    if (index < messages.length) return timestamp < 0 ? undefined : timestamp;
  }
  return undefined;
}

/** The index of the first message at or after an offset; their number when there is none. */
function firstFrom(messages: Fetched['messages'], offset: bigint): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (BigInt(messages[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
