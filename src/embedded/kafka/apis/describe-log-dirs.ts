import { errorCodes } from '../errors.ts';
import { array, boolean, int16, int32, int64, nullable, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** How many bytes each partition takes (KIP-113): one folder, or memory. */
export const describeLogDirs: Api = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: [1, 4],
  flexible: 2,
  request: struct({ topics: nullable(array(struct({ topic: string, partitions: array(int32) }))) }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: since(3, int16),
    results: array(
      struct({
        errorCode: int16,
        logDir: string,
        topics: array(
          struct({
            name: string,
            partitions: array(
              struct({ partitionIndex: int32, partitionSize: int64, offsetLag: int64, isFutureKey: boolean }),
            ),
          }),
        ),
        totalBytes: since(4, int64, -1),
        usableBytes: since(4, int64, -1),
      }),
    ),
  }),
  handle: (broker, { topics }) => {
    const wanted = topics === null ? undefined : new Map(topics.map((one) => [one.topic, new Set(one.partitions)]));
    return {
      throttleTimeMs: 0,
      results: [
        {
          errorCode: errorCodes.NONE,
          logDir: broker.settings.dataDir,
          topics: broker.topics
            .list()
            .filter(({ name }) => wanted?.has(name) ?? true)
            .map(({ name, partitions }) => ({
              name,
              partitions: partitions
                .map((log, partitionIndex) => ({
                  partitionIndex,
                  partitionSize: log.sizeInBytes,
                  offsetLag: 0,
                  isFutureKey: false,
                }))
                .filter(({ partitionIndex }) => wanted?.get(name)?.has(partitionIndex) ?? true),
            })),
        },
      ],
    };
  },
  refuse: (_request, errorCode) => ({ throttleTimeMs: 0, errorCode, results: [] }),
});
