import { array, int16, int32, int64, nullable, since, string, struct, until } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { entriesOf, forEachPartition } from './group-offsets.ts';

/** Commits a group's offsets. They are kept until the group or the topic is deleted; retention times are ignored. */
export const offsetCommit: Api = api({
  key: 8,
  name: 'OffsetCommit',
  versions: [2, 9],
  flexible: 8,
  request: struct({
    groupId: string,
    generationIdOrMemberEpoch: int32,
    memberId: string,
    groupInstanceId: since(7, nullable(string), null),
    retentionTimeMs: until(4, int64, -1),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: since(6, int32, -1),
            committedMetadata: nullable(string),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(3, int32),
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  }),
  handle: (broker, request) => {
    const { groupId: group, generationIdOrMemberEpoch: generation, memberId, groupInstanceId, topics } = request;
    broker.groups.forCommit(group, generation).checkCommit({ memberId, groupInstanceId, generation }, false);
    const { entries, errorOf } = entriesOf(broker, topics);
    broker.groups.offsets.commit([{ group, entries }]);
    return { topics: forEachPartition(topics, errorOf) };
  },
  refuse: ({ topics }, errorCode) => ({ topics: forEachPartition(topics, () => errorCode) }),
});
