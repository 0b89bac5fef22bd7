import { answering, errorCodes } from '../errors.ts';
import { leaderEpoch as currentEpoch } from '../log/batch.ts';
import { array, int16, int32, int64, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { checkLeaderEpoch } from './leader-epoch.ts';

const epochEnd = struct({ errorCode: int16, partition: int32, leaderEpoch: int32, endOffset: int64 });

/** Where a leader's epoch ends (KIP-320). The one node has one epoch, which ends with the log. */
export const offsetForLeaderEpoch: Api = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: [2, 4],
  flexible: 4,
  request: struct({
    replicaId: since(3, int32, -2),
    topics: array(
      struct({
        topic: string,
        partitions: array(struct({ partition: int32, currentLeaderEpoch: int32, leaderEpoch: int32 })),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32,
    topics: array(struct({ topic: string, partitions: array(epochEnd) })),
  }),
  handle: (broker, { topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, currentLeaderEpoch, leaderEpoch }) =>
        answering<Write<typeof epochEnd>>(
          () => {
            const { endOffset } = broker.topics.partition(topic, partition);
            checkLeaderEpoch(currentLeaderEpoch);
            return leaderEpoch === currentEpoch
              ? { partition, errorCode: errorCodes.NONE, leaderEpoch, endOffset }
              : nowhere(partition, errorCodes.NONE);
          },
          (errorCode) => nowhere(partition, errorCode),
        ),
      ),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition }) => nowhere(partition, errorCode)),
    })),
  }),
});

function nowhere(partition: number, errorCode: number): Write<typeof epochEnd> {
  return { partition, errorCode, leaderEpoch: -1, endOffset: -1 };
}
