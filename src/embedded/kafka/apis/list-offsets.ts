import type { Broker } from '../broker.ts';
import { answering, errorCodes } from '../errors.ts';
import { leaderEpoch } from '../log/batch.ts';
import { array, int8, int16, int32, int64, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const partitionResponse = struct({
  partitionIndex: int32,
  errorCode: int16,
  timestamp: int64,
  offset: int64,
  leaderEpoch: since(4, int32, -1),
});

/** Timestamps with a meaning of their own. */
const latest = -1;
const earliest = -2;
const maxTimestamp = -3;
const readCommitted = 1;

/** Offsets by time: the earliest, the latest, the one of the newest record (KIP-734), or the first of a time on. */
export const listOffsets: Api = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 7],
  flexible: 6,
  request: struct({
    replicaId: int32,
    isolationLevel: since(2, int8),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32, currentLeaderEpoch: since(4, int32, -1), timestamp: int64 })),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: since(2, int32),
    topics: array(struct({ name: string, partitions: array(partitionResponse) })),
  }),
  handle: (broker, { topics, isolationLevel }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) =>
        answering(
          () => find(broker, name, partitionIndex, timestamp, isolationLevel === readCommitted),
          (errorCode) => refused(partitionIndex, errorCode),
        ),
      ),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => refused(partitionIndex, errorCode)),
    })),
  }),
});

function find(
  broker: Broker,
  topic: string,
  partitionIndex: number,
  timestamp: number,
  committed: boolean,
): Write<typeof partitionResponse> {
  const log = broker.topics.partition(topic, partitionIndex);
  const answer = (found: { readonly offset: number; readonly timestamp: number }) => ({
    partitionIndex,
    errorCode: errorCodes.NONE,
    leaderEpoch,
    ...found,
  });
  switch (timestamp) {
    case latest:
      return answer({ offset: committed ? log.stableOffset : log.endOffset, timestamp: -1 });
    case earliest:
      return answer({ offset: log.startOffset, timestamp: -1 });
    case maxTimestamp:
      return answer(log.offsetOfMaxTimestamp());
    default:
      return timestamp < 0
        ? refused(partitionIndex, errorCodes.UNSUPPORTED_VERSION)
        : answer(log.offsetAt(timestamp, committed));
  }
}

function refused(partitionIndex: number, errorCode: number): Write<typeof partitionResponse> {
  return { partitionIndex, errorCode, timestamp: -1, offset: -1 };
}
