import { answering, errorCodes } from '../errors.ts';
import { array, int16, int32, int64, nullable, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const describedPartition = struct({
  partitionIndex: int32,
  errorCode: int16,
  errorMessage: nullable(string),
  activeProducers: array(
    struct({
      producerId: int64,
      producerEpoch: int32,
      lastSequence: int32,
      lastTimestamp: int64,
      coordinatorEpoch: int32,
      currentTxnStartOffset: int64,
    }),
  ),
});

/** The idempotent and transactional producers of partitions (KIP-664). */
export const describeProducers: Api = api({
  key: 61,
  name: 'DescribeProducers',
  versions: [0, 0],
  flexible: 0,
  request: struct({ topics: array(struct({ name: string, partitionIndexes: array(int32) })) }),
  response: struct({
    throttleTimeMs: int32,
    topics: array(struct({ name: string, partitions: array(describedPartition) })),
  }),
  handle: (broker, { topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) =>
        answering<Write<typeof describedPartition>>(
          () => ({
            partitionIndex,
            errorCode: errorCodes.NONE,
            errorMessage: null,
            activeProducers: broker.topics.partition(name, partitionIndex).producers.map((producer) => ({
              producerId: producer.producerId,
              producerEpoch: producer.epoch,
              lastSequence: producer.lastSequence,
              lastTimestamp: producer.lastTimestamp,
              coordinatorEpoch: 0,
              currentTxnStartOffset: producer.openSince ?? -1,
            })),
          }),
          (errorCode, errorMessage) => ({ partitionIndex, errorCode, errorMessage, activeProducers: [] }),
        ),
      ),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        errorCode,
        errorMessage: null,
        activeProducers: [],
      })),
    })),
  }),
});
