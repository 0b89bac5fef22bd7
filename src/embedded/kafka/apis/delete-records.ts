import type { Broker } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { configValue } from '../topics/config.ts';
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
            lowWatermark: deleteBefore(broker, name, partitionIndex, offset),
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

function deleteBefore(broker: Broker, topic: string, partition: number, offset: number): number {
  broker.topics.partition(topic, partition);
  const policy = configValue(broker.topics.get(topic).configs, 'cleanup.policy');
  if (!policy.includes('delete')) {
    throw new KafkaError(
      'POLICY_VIOLATION',
      `The records of ${topic} go by compaction only: its cleanup.policy is ${policy}`,
    );
  }
  return broker.topics.deleteRecords(topic, partition, offset);
}
