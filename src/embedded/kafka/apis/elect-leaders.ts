import type { Broker } from '../broker.ts';
import { answering, KafkaError } from '../errors.ts';
import { array, int8, int16, int32, nullable, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const electedPartition = struct({ partitionId: int32, errorCode: int16, errorMessage: nullable(string) });

/** Elects leaders (KIP-183, KIP-460): the one node leads all partitions already. */
export const electLeaders: Api = api({
  key: 43,
  name: 'ElectLeaders',
  versions: [0, 2],
  flexible: 2,
  request: struct({
    electionType: since(1, int8),
    topicPartitions: nullable(array(struct({ topic: string, partitions: array(int32) }))),
    timeoutMs: int32,
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: since(1, int16),
    replicaElectionResults: array(struct({ topic: string, partitionResult: array(electedPartition) })),
  }),
  handle: (broker, { topicPartitions }) => ({
    throttleTimeMs: 0,
    // Of all partitions (null), those are answered that needed an election.
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => elect(broker, topic, partitionId)),
    })),
  }),
  refuse: ({ topicPartitions }, errorCode) => ({
    throttleTimeMs: 0,
    errorCode,
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: null })),
    })),
  }),
});

function elect(broker: Broker, topic: string, partitionId: number): Write<typeof electedPartition> {
  return answering(
    () => {
      broker.topics.partition(topic, partitionId);
      throw new KafkaError('ELECTION_NOT_NEEDED', 'The one node of the embedded broker leads the partition already');
    },
    (errorCode, errorMessage) => ({ partitionId, errorCode, errorMessage }),
  );
}
