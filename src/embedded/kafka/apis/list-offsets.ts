import type { Broker } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { leaderEpoch } from '../log/batch.ts';
import { array, int8, int16, int32, int64, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { checkLeaderEpoch } from './leader-epoch.ts';

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
const earliestLocal = -4;
const latestTiered = -5;
const earliestPendingUpload = -6;
/** The first version of the request that may ask for it. */
const askedSince: ReadonlyMap<number, number> = new Map([
  [latest, 1],
  [earliest, 1],
  [maxTimestamp, 7],
  [earliestLocal, 8],
  [latestTiered, 9],
  [earliestPendingUpload, 11],
]);
const readCommitted = 1;

/**
 * Offsets by time: the earliest, the latest, the one of the newest record (KIP-734), or the first of a time on. There
 * is no tiered storage (KIP-405): all records are local, none is elsewhere or on its way there.
 */
export const listOffsets: Api = api({
  key: 2,
  name: 'ListOffsets',
  versions: [1, 11],
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
    timeoutMs: since(10, int32),
  }),
  response: struct({
    throttleTimeMs: since(2, int32),
    topics: array(struct({ name: string, partitions: array(partitionResponse) })),
  }),
  handle: (broker, { topics, isolationLevel }, { version }) => ({
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, currentLeaderEpoch, timestamp }) =>
        answering(
          () => {
            if (partitions.filter((one) => one.partitionIndex === partitionIndex).length > 1) {
              throw new KafkaError('INVALID_REQUEST', `Partition ${partitionIndex} of ${name} is named twice`);
            }
            checkLeaderEpoch(currentLeaderEpoch);
            if (timestamp < 0 && version < (askedSince.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
              throw new KafkaError(
                'UNSUPPORTED_VERSION',
                `The timestamp ${timestamp} means nothing in version ${version}`,
              );
            }
            return find(broker, name, partitionIndex, timestamp, isolationLevel === readCommitted);
          },
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
    case earliestLocal:
      return answer({ offset: log.startOffset, timestamp: -1 });
    case maxTimestamp:
      return answer(log.offsetOfMaxTimestamp());
    case latestTiered:
    case earliestPendingUpload:
      return answer({ offset: -1, timestamp: -1 });
    default:
      return answer(log.offsetAt(timestamp, committed));
  }
}

function refused(partitionIndex: number, errorCode: number): Write<typeof partitionResponse> {
  return { partitionIndex, errorCode, timestamp: -1, offset: -1 };
}
