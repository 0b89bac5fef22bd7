import { array, int16, int32, int64, nullable, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { entriesOf, forEachPartition } from './group-offsets.ts';
import { fencedCode } from './transaction-errors.ts';

/** Commits a group's offsets when the transaction commits. */
export const txnOffsetCommit: Api = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: [0, 3],
  flexible: 3,
  request: struct({
    transactionalId: string,
    groupId: string,
    producerId: int64,
    producerEpoch: int16,
    generationId: since(3, int32, -1),
    memberId: since(3, string),
    groupInstanceId: since(3, nullable(string), null),
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            partitionIndex: int32,
            committedOffset: int64,
            committedLeaderEpoch: since(2, int32, -1),
            committedMetadata: nullable(string),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ partitionIndex: int32, errorCode: int16 })) })),
  }),
  handle: (broker, request) => {
    const { groupId, generationId: generation, memberId, groupInstanceId, topics } = request;
    broker.groups.forCommit(groupId, generation).checkCommit({ memberId, groupInstanceId, generation }, true);
    const { entries, errorOf } = entriesOf(broker, topics);
    broker.transactions.commitOffsets(request.transactionalId, request, groupId, entries);
    return { throttleTimeMs: 0, topics: forEachPartition(topics, errorOf) };
  },
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    // This request has never had a code of its own for a fenced producer.
    topics: forEachPartition(topics, () => fencedCode(errorCode)),
  }),
});
