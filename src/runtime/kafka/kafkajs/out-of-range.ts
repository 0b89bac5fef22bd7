/**
 * What a consumer does whose next offset is not in the log: it goes on at the first record that is there, and commits
 * nothing. kafkajs commits -1 or -2 as the offset of the group, so that whoever takes the partition next begins as if
 * nothing had been read; and with `fromBeginning: false` it begins again at the end of the log, behind records that
 * nobody has read.
 *
 * What is skipped by that, and whether the topic is still the same, is for the reader to find out: see reading.ts.
 */
import type { TopicPartition } from '../../../sdk/index.ts';
import { inner } from './replace.ts';

/** What is used of kafkajs's offsets of an assignment. */
interface OffsetManager {
  readonly cluster: {
    fetchTopicsOffset(
      topics: readonly {
        readonly topic: string;
        readonly partitions: readonly { readonly partition: number }[];
        readonly fromBeginning: boolean;
      }[],
    ): Promise<readonly { readonly partitions: readonly { readonly offset: string }[] }[]>;
  };
  /** The next fetch begins after this offset. */
  resolveOffset(after: TopicPartition & { readonly offset: string }): void;
  setDefaultOffset(at: TopicPartition): Promise<void>;
}

/** Goes for all consumers of this thread. */
export function goOnAtTheBeginning(): void {
  const offsets = inner<{ readonly prototype: OffsetManager }>('consumer/offsetManager/index').prototype;
  offsets.setDefaultOffset = async function (this: OffsetManager, { topic, partition }) {
    const [found] = await this.cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }]);
    const earliest = found?.partitions[0]?.offset;
    // Without an answer the fetch fails again, and this is asked again.
    if (earliest === undefined) return;
    this.resolveOffset({ topic, partition, offset: String(BigInt(earliest) - 1n) });
  };
}
