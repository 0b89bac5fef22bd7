import { type Broker, nodeId } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { array, boolean, int16, int32, nullable, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/* Moving partitions to other nodes (KIP-455), of which there are none: all that can be asked for is what is. */

const reassignedPartition = struct({ partitionIndex: int32, errorCode: int16, errorMessage: nullable(string) });

export const alterPartitionReassignments: Api = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: [0, 1],
  flexible: 0,
  request: struct({
    timeoutMs: int32,
    allowReplicationFactorChange: since(1, boolean, true),
    topics: array(
      struct({ name: string, partitions: array(struct({ partitionIndex: int32, replicas: nullable(array(int32)) })) }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32,
    allowReplicationFactorChange: since(1, boolean, true),
    errorCode: int16,
    errorMessage: nullable(string),
    responses: array(struct({ name: string, partitions: array(reassignedPartition) })),
  }),
  handle: (broker, { topics, allowReplicationFactorChange }) => ({
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: errorCodes.NONE,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => reassign(broker, name, partitionIndex, replicas)),
    })),
  }),
  refuse: (_request, errorCode) => ({ throttleTimeMs: 0, errorCode, errorMessage: null, responses: [] }),
});

function reassign(
  broker: Broker,
  topic: string,
  partitionIndex: number,
  replicas: readonly number[] | null,
): Write<typeof reassignedPartition> {
  return answering<Write<typeof reassignedPartition>>(
    () => {
      broker.topics.partition(topic, partitionIndex);
      if (replicas === null) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS', 'There is nothing to cancel');
      if (replicas.length !== 1 || replicas[0] !== nodeId) {
        throw new KafkaError(
          'INVALID_REPLICA_ASSIGNMENT',
          `The embedded broker is the one node ${nodeId}: replicas cannot be on [${replicas.join(', ')}]`,
        );
      }
      return { partitionIndex, errorCode: errorCodes.NONE, errorMessage: null };
    },
    (errorCode, errorMessage) => ({ partitionIndex, errorCode, errorMessage }),
  );
}

const ongoingPartition = struct({
  partitionIndex: int32,
  replicas: array(int32),
  addingReplicas: array(int32),
  removingReplicas: array(int32),
});

export const listPartitionReassignments: Api = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: [0, 0],
  flexible: 0,
  request: struct({
    timeoutMs: int32,
    topics: nullable(array(struct({ name: string, partitionIndexes: array(int32) }))),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    topics: array(struct({ name: string, partitions: array(ongoingPartition) })),
  }),
  handle: () => ({ throttleTimeMs: 0, errorCode: errorCodes.NONE, errorMessage: null, topics: [] }),
  refuse: (_request, errorCode) => ({ throttleTimeMs: 0, errorCode, errorMessage: null, topics: [] }),
});
