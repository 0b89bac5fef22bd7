import { errorCodes } from '../errors.ts';
import { array, int16, int32, int64, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { fencedCode } from './transaction-errors.ts';

/** Makes partitions part of a transaction, all or none. Version 4, for brokers among themselves, is left out. */
export const addPartitionsToTxn: Api = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: [0, 3],
  flexible: 3,
  request: struct({
    transactionalId: string,
    producerId: int64,
    producerEpoch: int16,
    topics: array(struct({ name: string, partitions: array(int32) })),
  }),
  response: struct({
    throttleTimeMs: int32,
    results: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  }),
  handle: (broker, { transactionalId, topics, ...who }) => {
    const isKnown = (topic: string, partition: number): boolean =>
      broker.topics.find(topic)?.partitions[partition] !== undefined;
    const partitions = topics.flatMap((topic) =>
      topic.partitions.map((one) => ({ topic: topic.name, partition: one })),
    );
    if (partitions.every(({ topic, partition }) => isKnown(topic, partition))) {
      broker.transactions.addPartitions(transactionalId, who, partitions);
      return { throttleTimeMs: 0, results: results(topics, () => errorCodes.NONE) };
    }
    return {
      throttleTimeMs: 0,
      results: results(topics, (topic, partition) =>
        isKnown(topic, partition) ? errorCodes.OPERATION_NOT_ATTEMPTED : errorCodes.UNKNOWN_TOPIC_OR_PARTITION,
      ),
    };
  },
  refuse: ({ topics }, errorCode, { version }) => ({
    throttleTimeMs: 0,
    results: results(topics, () => (version < 2 ? fencedCode(errorCode) : errorCode)),
  }),
});

function results(
  topics: ReadonlyArray<{ readonly name: string; readonly partitions: readonly number[] }>,
  errorOf: (topic: string, partition: number) => number,
) {
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partitionIndex) => ({ partitionIndex, errorCode: errorOf(name, partitionIndex) })),
  }));
}
