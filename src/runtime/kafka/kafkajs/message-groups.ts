/**
 * Groups the messages of a request by their partitions, in one pass: kafkajs copies the group for each message that it
 * adds, so that the time grows with the square of their number.
 */
import type { Message, PartitionerArgs } from 'kafkajs';

interface Grouping extends Omit<PartitionerArgs, 'message'> {
  readonly messages: readonly Message[];
  readonly partitioner: (of: PartitionerArgs) => number;
}

type Groups = Record<number, Message[]>;

/** The messages by partition, each group in their order; nothing while the topic's partitions are not known. */
export function groupMessages({ topic, partitionMetadata, messages, partitioner }: Grouping): Groups {
  const groups: Groups = {};
  if (partitionMetadata.length === 0) return groups;
  for (const message of messages) {
    const partition = partitioner({ topic, partitionMetadata, message });
    const group = groups[partition];
    if (group === undefined) groups[partition] = [message];
    else group.push(message);
  }
  return groups;
}
