import { errorCodes, KafkaError } from '../errors.ts';
import type { Group } from '../groups/group.ts';
import { array, type Form, int16, int32, string, struct } from '../wire/codec.ts';
import { MalformedRequestError, Reader } from '../wire/reader.ts';
import { type Api, api } from './api.ts';
import { forEachPartition } from './group-offsets.ts';

/** Deletes a group's offsets for partitions (KIP-496), but of topics that its members are subscribed to. */
export const offsetDelete: Api = api({
  key: 47,
  name: 'OffsetDelete',
  versions: [0, 0],
  request: struct({
    groupId: string,
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32 })) })),
  }),
  response: struct({
    errorCode: int16,
    throttleTimeMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  }),
  handle: (broker, { groupId, topics }) => {
    const subscribed = subscribedTopics(broker.groups.find(groupId));
    const errorOf = (topic: string, { partitionIndex }: { readonly partitionIndex: number }): number => {
      if (subscribed.has(topic)) return errorCodes.GROUP_SUBSCRIBED_TO_TOPIC;
      const isKnown = broker.topics.find(topic)?.partitions[partitionIndex] !== undefined;
      return isKnown ? errorCodes.NONE : errorCodes.UNKNOWN_TOPIC_OR_PARTITION;
    };
    broker.groups.deleteOffsets(
      groupId,
      topics.flatMap(({ name, partitions }) =>
        partitions
          .filter((one) => errorOf(name, one) === errorCodes.NONE)
          .map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
      ),
    );
    return { errorCode: errorCodes.NONE, throttleTimeMs: 0, topics: forEachPartition(topics, errorOf) };
  },
  refuse: (_request, errorCode) => ({ errorCode, throttleTimeMs: 0, topics: [] }),
});

const notFlexible: Form = { version: 0, flexible: false };
const topicNames = array(string);

/**
 * The topics of the members' subscriptions, which consumers send as their metadata: version i16, topics, more.
 *
 * @throws KafkaError NON_EMPTY_GROUP for members that are no consumers, or that have not all joined yet.
 */
function subscribedTopics(group: Group | undefined): ReadonlySet<string> {
  if (group === undefined || group.state === 'Empty') return new Set();
  if (group.protocolType !== 'consumer' || group.state !== 'Stable') {
    throw new KafkaError('NON_EMPTY_GROUP', `Group ${group.id} has members whose subscriptions are not known`);
  }
  return new Set(group.members.flatMap(({ metadata }) => topicsIn(metadata)));
}

function topicsIn(metadata: Buffer): readonly string[] {
  const reader = new Reader(metadata);
  try {
    reader.int16();
    return topicNames.read(reader, notFlexible);
  } catch (error) {
    // Not the fault of who asks: a member says that it is a consumer and is none.
    if (error instanceof MalformedRequestError) return [];
    throw error;
  }
}
