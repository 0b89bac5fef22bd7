/**
 * Where a fetch began of which nothing is for the reader: control records, aborted transactions, records before the
 * wanted offset. kafkajs tells of it by an event with the first offset that was there, or none. After compaction that
 * is later than where the fetch began, and looks like a gap; where the fetch began is told instead.
 */
import { inner } from './replace.ts';

/** What is used of kafkajs's answer to a fetch of one partition. */
interface Batch {
  readonly fetchedOffset: string;
  isEmptyDueToFiltering(): boolean;
  firstOffset(): string | null;
}

/** Goes for all consumers of this thread. */
export function tellWhereFetchesBegan(): void {
  const batches = inner<{ readonly prototype: Batch }>('consumer/batch').prototype;
  const original = batches.firstOffset;
  batches.firstOffset = function (this: Batch) {
    return this.isEmptyDueToFiltering() ? this.fetchedOffset : original.call(this);
  };
}
