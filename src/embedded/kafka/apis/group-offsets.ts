/** What OffsetCommit and TxnOffsetCommit have in common: the offsets in them, and one answer for each. */

import type { Broker } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import { maxMetadataBytes, type OffsetEntry } from '../groups/offsets.ts';

interface RequestedOffset {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string | null;
}

interface RequestedTopic<Partition> {
  readonly name: string;
  readonly partitions: readonly Partition[];
}

/** The offsets that can be committed, and what to answer for each partition. */
export function entriesOf(
  broker: Broker,
  topics: ReadonlyArray<RequestedTopic<RequestedOffset>>,
): { readonly entries: readonly OffsetEntry[]; errorOf(topic: string, partition: RequestedOffset): number } {
  const errorOf = (topic: string, one: RequestedOffset): number => {
    if (broker.topics.find(topic)?.partitions[one.partitionIndex] === undefined) {
      return errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
    }
    const metadata = one.committedMetadata ?? '';
    return Buffer.byteLength(metadata) > maxMetadataBytes ? errorCodes.OFFSET_METADATA_TOO_LARGE : errorCodes.NONE;
  };
  const order = broker.groups.offsets.nextOrder();
  const entries = topics.flatMap(({ name, partitions }) =>
    partitions
      .filter((one) => errorOf(name, one) === errorCodes.NONE)
      .map((one) => ({
        topic: name,
        partition: one.partitionIndex,
        offset: one.committedOffset,
        leaderEpoch: one.committedLeaderEpoch,
        metadata: one.committedMetadata ?? '',
        order,
      })),
  );
  return { entries, errorOf };
}

/** The answer that names every partition of the request with its error code. */
export function forEachPartition<Partition extends { readonly partitionIndex: number }>(
  topics: ReadonlyArray<RequestedTopic<Partition>>,
  errorOf: (topic: string, partition: Partition) => number,
) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((one) => ({ partitionIndex: one.partitionIndex, errorCode: errorOf(name, one) })),
  }));
}
