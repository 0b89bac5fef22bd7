import { type Broker, nodeId } from '../broker.ts';
import { errorCodes, KafkaError } from '../errors.ts';
import { leaderEpoch } from '../log/batch.ts';
import { checkTopicName } from '../topics/names.ts';
import type { Topic } from '../topics/topics.ts';
import {
  array,
  between,
  boolean,
  int16,
  int32,
  nullable,
  since,
  string,
  struct,
  uuid,
  type Write,
  zeroUuid,
} from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { noOperations } from './authorized-operations.ts';

const topicMetadata = struct({
  errorCode: int16,
  name: nullable(string, 12),
  topicId: since(10, uuid, zeroUuid),
  isInternal: since(1, boolean),
  partitions: array(
    struct({
      errorCode: int16,
      partitionIndex: int32,
      leaderId: int32,
      leaderEpoch: since(7, int32, -1),
      replicaNodes: array(int32),
      isrNodes: array(int32),
      offlineReplicas: since(5, array(int32)),
    }),
  ),
  topicAuthorizedOperations: since(8, int32, noOperations),
});

/** The versions 10 and 11 have a place for ids, and do not serve them. */
const idsSince = 12;

/** Brokers, topics and partitions. A topic asked for by name is made, where the broker and the client allow it. */
export const metadata: Api = api({
  key: 3,
  name: 'Metadata',
  versions: [0, 12],
  flexible: 9,
  request: struct({
    topics: nullable(array(struct({ topicId: since(10, uuid, zeroUuid), name: nullable(string, 10) })), 1),
    allowAutoTopicCreation: since(4, boolean, true),
    includeClusterAuthorizedOperations: between(8, 10, boolean),
    includeTopicAuthorizedOperations: since(8, boolean),
  }),
  response: struct({
    throttleTimeMs: since(3, int32),
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: since(1, nullable(string), null) })),
    clusterId: since(2, nullable(string), null),
    controllerId: since(1, int32, -1),
    topics: array(topicMetadata),
    clusterAuthorizedOperations: between(8, 10, int32, noOperations),
  }),
  handle: (broker, { topics, allowAutoTopicCreation }, { version }) => {
    if (version < idsSince && topics?.some(({ name, topicId }) => name === null || topicId !== zeroUuid)) {
      throw new KafkaError('INVALID_REQUEST', `Topics are known by their ids from version ${idsSince} on`);
    }
    // Version 0 cannot say null: there an empty list means all topics.
    const all = topics === null || (version === 0 && topics.length === 0);
    return {
      brokers: [{ nodeId, ...broker.endpoint, rack: null }],
      clusterId: broker.clusterId,
      controllerId: nodeId,
      topics: all
        ? broker.topics.list().map(describe)
        : topics.map(({ name, topicId }) => lookUp(broker, name, topicId, allowAutoTopicCreation)),
    };
  },
  refuse: ({ topics }, errorCode) => ({
    brokers: [],
    topics: (topics ?? []).map(({ name, topicId }) => unknown(name ?? '', topicId, errorCode)),
  }),
});

function lookUp(broker: Broker, name: string | null, id: string, mayCreate: boolean): Write<typeof topicMetadata> {
  // Java's admin client asks by id with an empty name, not with null.
  if (name === null || id !== zeroUuid) {
    const topic = broker.topics.findById(id);
    return topic === undefined ? unknown(null, id, errorCodes.UNKNOWN_TOPIC_ID) : describe(topic);
  }
  try {
    checkTopicName(name);
    const made = broker.settings.autoCreateTopics && mayCreate ? () => broker.createDefault(name) : () => undefined;
    return describe(broker.topics.find(name) ?? made() ?? broker.topics.get(name));
  } catch (error) {
    if (error instanceof KafkaError) return unknown(name, zeroUuid, error.code);
    throw error;
  }
}

function describe(topic: Topic): Write<typeof topicMetadata> {
  return {
    errorCode: errorCodes.NONE,
    name: topic.name,
    topicId: topic.id,
    partitions: topic.partitions.map((_, partitionIndex) => ({
      errorCode: errorCodes.NONE,
      partitionIndex,
      leaderId: nodeId,
      leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
    })),
  };
}

function unknown(name: string | null, topicId: string, errorCode: number): Write<typeof topicMetadata> {
  return { errorCode, name, topicId, partitions: [] };
}
