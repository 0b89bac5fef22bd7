import type { Broker } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import {
  array,
  between,
  boolean,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  until,
  type Write,
} from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const partitionOffset = struct({
  partitionIndex: int32,
  committedOffset: int64,
  committedLeaderEpoch: since(5, int32, -1),
  metadata: nullable(string),
  errorCode: int16,
});
const topicOffsets = struct({ name: string, partitions: array(partitionOffset) });
const wantedTopics = nullable(array(struct({ name: string, partitionIndexes: array(int32) })), 2);

type Wanted = ReadonlyArray<{ readonly name: string; readonly partitionIndexes: readonly number[] }> | null;

/** A group's committed offsets, of all partitions (null) or of some; from version 8 on of several groups. */
export const offsetFetch: Api = api({
  key: 9,
  name: 'OffsetFetch',
  versions: [1, 9],
  flexible: 6,
  request: struct({
    groupId: until(7, string),
    topics: until(7, wantedTopics),
    groups: since(
      8,
      array(
        struct({
          groupId: string,
          memberId: since(9, nullable(string), null),
          memberEpoch: since(9, int32, -1),
          topics: wantedTopics,
        }),
      ),
    ),
    requireStable: since(7, boolean),
  }),
  response: struct({
    throttleTimeMs: since(3, int32),
    topics: until(7, array(topicOffsets)),
    errorCode: between(2, 7, int16),
    groups: since(8, array(struct({ groupId: string, topics: array(topicOffsets), errorCode: int16 }))),
  }),
  handle: (broker, { groupId, topics, groups, requireStable }) => ({
    topics: offsetsOf(broker, groupId, topics, requireStable),
    groups: groups.map((one) => ({
      groupId: one.groupId,
      topics: offsetsOf(broker, one.groupId, one.topics, requireStable),
      errorCode: errorCodes.NONE,
    })),
  }),
  refuse: ({ topics, groups }, errorCode) => ({
    errorCode,
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        committedOffset: -1,
        metadata: '',
        errorCode,
      })),
    })),
    groups: groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })),
  }),
});

function offsetsOf(
  broker: Broker,
  group: string,
  wanted: Wanted,
  requireStable: boolean,
): ReadonlyArray<Write<typeof topicOffsets>> {
  return (wanted ?? everything(broker, group)).map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const committed = broker.groups.offsets.find(group, name, partitionIndex);
      const unstable =
        requireStable && broker.transactions.hasPendingOffset(group, { topic: name, partition: partitionIndex });
      return {
        partitionIndex,
        committedOffset: unstable ? -1 : (committed?.offset ?? -1),
        committedLeaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? '',
        errorCode: unstable ? errorCodes.UNSTABLE_OFFSET_COMMIT : errorCodes.NONE,
      };
    }),
  }));
}

function everything(broker: Broker, group: string): NonNullable<Wanted> {
  const byTopic = Map.groupBy(broker.groups.offsets.of(group), (entry) => entry.topic);
  return [...byTopic].map(([name, entries]) => ({ name, partitionIndexes: entries.map((entry) => entry.partition) }));
}
