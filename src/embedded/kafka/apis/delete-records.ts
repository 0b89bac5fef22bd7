import { answering, errorCodes } from '../errors.ts';
import { array, int16, int32, int64, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** Forgets the records before an offset (-1: all of them), and answers where the log begins now (KIP-107). */
export const deleteRecords: Api = api({
  key: 21,
  name: 'DeleteRecords',
  versions: [0, 2],
  flexible: 2,
  request: struct({
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, offset: int64 })) })),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ partitionIndex: int32, lowWatermark: int64, errorCode: int16 })),
      }),
    ),
  }),
  handle: (broker, { topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) =>
        answering(
          () => ({
            partitionIndex,
            lowWatermark: broker.topics.deleteRecords(name, partitionIndex, offset),
            errorCode: errorCodes.NONE as number,
          }),
          (errorCode) => ({ partitionIndex, lowWatermark: -1, errorCode }),
          broker.settings.log,
        ),
      ),
    })),
  }),
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, lowWatermark: -1, errorCode })),
    })),
  }),
});
