import { errorCodes, KafkaError } from '../errors.ts';
import { array, int16, int32, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { forEachPartition } from './group-offsets.ts';

/** Deletes a group's offsets for partitions (KIP-496). The group must be without members: subscriptions are opaque. */
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
    const group = broker.groups.find(groupId);
    if (group !== undefined && group.state !== 'Empty') {
      throw new KafkaError('GROUP_SUBSCRIBED_TO_TOPIC', `Group ${groupId} still has members`);
    }
    broker.groups.deleteOffsets(
      groupId,
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
      ),
    );
    return {
      errorCode: errorCodes.NONE,
      throttleTimeMs: 0,
      topics: forEachPartition(topics, () => errorCodes.NONE),
    };
  },
  refuse: (_request, errorCode) => ({ errorCode, throttleTimeMs: 0, topics: [] }),
});
