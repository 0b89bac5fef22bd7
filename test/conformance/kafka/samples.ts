/** A request of each kind, to be sent in all of its versions; what the broker keeps is left as it is, or hardly touched. */
import { batch } from './requests.ts';

/** One request that says the same in all versions, and a part of its answer. */
export interface Sample {
  readonly api: string;
  readonly request: (topic: string) => object;
  readonly answer: (topic: string) => object;
}

/** A member that no group has. */
export const nobody = { memberId: 'nobody', generationId: 1, groupInstanceId: null };
const noProducer = { transactionalId: 'unheard-of', producerId: 123, producerEpoch: 0 };
const zeroUuid = '0'.repeat(32);
/** Kafka's numbers of the errors that the samples meet. */
const codes = { unknownTopic: 3, unknownMember: 25, noSuchMapping: 49, noSuchGroup: 69, noSuchTransaction: 105 };

export const samples: readonly Sample[] = [
  {
    api: 'Produce',
    request: (name) => ({
      transactionalId: null,
      acks: -1,
      timeoutMs: 1000,
      topicData: [{ name, partitionData: [{ index: 0, records: [batch(['a'])] }] }],
    }),
    answer: (name) => ({ responses: [{ name, partitionResponses: [{ index: 0, errorCode: 0 }] }] }),
  },
  {
    api: 'Fetch',
    request: (topic) => ({
      replicaId: -1,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 1000,
      isolationLevel: 0,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }] }],
    }),
    answer: (topic) => ({ responses: [{ topic, partitions: [{ errorCode: 0, highWatermark: 0 }] }] }),
  },
  {
    api: 'ListOffsets',
    request: (name) => ({
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    }),
    answer: (name) => ({ topics: [{ name, partitions: [{ errorCode: 0, offset: 0 }] }] }),
  },
  {
    api: 'Metadata',
    request: (name) => ({ topics: [{ name }] }),
    answer: (name) => ({ brokers: [{ nodeId: 1 }], topics: [{ errorCode: 0, name, partitions: [{ leaderId: 1 }] }] }),
  },
  {
    api: 'OffsetCommit',
    request: (name) => ({
      groupId: `group of ${name}`,
      memberId: '',
      generationIdOrMemberEpoch: -1,
      topics: [{ name, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: null }] }],
    }),
    answer: (name) => ({ topics: [{ name, partitions: [{ partitionIndex: 0, errorCode: 0 }] }] }),
  },
  {
    api: 'OffsetFetch',
    request: (name) => {
      const topics = [{ name, partitionIndexes: [0] }];
      return { groupId: 'unheard-of', topics, groups: [{ groupId: 'unheard-of', topics }], requireStable: false };
    },
    answer: () => ({}),
  },
  {
    api: 'FindCoordinator',
    request: (topic) => ({ key: topic, keyType: 0, coordinatorKeys: [topic] }),
    answer: () => ({}),
  },
  {
    api: 'JoinGroup',
    request: (topic) => ({
      groupId: `group of ${topic}`,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      memberId: 'nobody',
      protocolType: 'connect',
      protocols: [{ name: 'x', metadata: Buffer.alloc(0) }],
    }),
    answer: () => ({ errorCode: codes.unknownMember, members: [] }),
  },
  {
    api: 'SyncGroup',
    request: () => ({ groupId: 'unheard-of', ...nobody, protocolType: 'x', protocolName: 'x', assignments: [] }),
    answer: () => ({ errorCode: codes.unknownMember }),
  },
  {
    api: 'Heartbeat',
    request: () => ({ groupId: 'unheard-of', ...nobody }),
    answer: () => ({ errorCode: codes.unknownMember }),
  },
  { api: 'LeaveGroup', request: () => ({ groupId: 'unheard-of', ...nobody, members: [nobody] }), answer: () => ({}) },
  {
    api: 'ApiVersions',
    request: () => ({ clientSoftwareName: 'tests', clientSoftwareVersion: '1.0' }),
    answer: () => ({ errorCode: 0 }),
  },
  {
    api: 'CreateTopics',
    request: (topic) => ({
      topics: [{ name: `${topic}-2`, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }],
      timeoutMs: 1000,
      validateOnly: true,
    }),
    answer: (topic) => ({ topics: [{ name: `${topic}-2`, errorCode: 0 }] }),
  },
  {
    api: 'DeleteTopics',
    request: () => ({
      topics: [{ name: 'unheard-of', topicId: zeroUuid }],
      topicNames: ['unheard-of'],
      timeoutMs: 1000,
    }),
    answer: () => ({ responses: [{ name: 'unheard-of', errorCode: codes.unknownTopic }] }),
  },
  {
    api: 'CreatePartitions',
    request: () => ({
      topics: [{ name: 'unheard-of', count: 2, assignments: null }],
      timeoutMs: 1000,
      validateOnly: true,
    }),
    answer: () => ({ results: [{ errorCode: codes.unknownTopic }] }),
  },
  {
    api: 'DeleteRecords',
    request: (name) => ({ topics: [{ name, partitions: [{ partitionIndex: 0, offset: 0 }] }], timeoutMs: 1000 }),
    answer: (name) => ({ topics: [{ name, partitions: [{ errorCode: 0, lowWatermark: 0 }] }] }),
  },
  {
    api: 'OffsetForLeaderEpoch',
    request: (topic) => ({
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] }],
    }),
    answer: (topic) => ({ topics: [{ topic, partitions: [{ errorCode: 0, endOffset: 0 }] }] }),
  },
  {
    api: 'InitProducerId',
    request: () => ({ transactionalId: null, transactionTimeoutMs: 1000 }),
    answer: () => ({ errorCode: 0, producerEpoch: 0 }),
  },
  {
    api: 'AddPartitionsToTxn',
    request: (name) => ({ ...noProducer, topics: [{ name, partitions: [0] }] }),
    answer: (name) => ({ results: [{ name, partitions: [{ errorCode: codes.noSuchMapping }] }] }),
  },
  {
    api: 'AddOffsetsToTxn',
    request: () => ({ ...noProducer, groupId: 'unheard-of' }),
    answer: () => ({ errorCode: codes.noSuchMapping }),
  },
  {
    api: 'EndTxn',
    request: () => ({ ...noProducer, committed: true }),
    answer: () => ({ errorCode: codes.noSuchMapping }),
  },
  {
    api: 'TxnOffsetCommit',
    request: () => ({ ...noProducer, groupId: 'unheard-of', topics: [] }),
    answer: () => ({ topics: [] }),
  },
  {
    api: 'DescribeGroups',
    request: () => ({ groups: ['unheard-of'] }),
    answer: () => ({ groups: [{ groupId: 'unheard-of', groupState: 'Dead' }] }),
  },
  { api: 'ListGroups', request: () => ({}), answer: () => ({ errorCode: 0 }) },
  {
    api: 'DeleteGroups',
    request: () => ({ groupsNames: ['unheard-of'] }),
    answer: () => ({ results: [{ groupId: 'unheard-of', errorCode: codes.noSuchGroup }] }),
  },
  {
    api: 'OffsetDelete',
    request: () => ({ groupId: 'unheard-of', topics: [] }),
    answer: () => ({ errorCode: codes.noSuchGroup }),
  },
  {
    api: 'DescribeConfigs',
    request: (topic) => ({
      resources: [{ resourceType: 2, resourceName: topic, configurationKeys: ['retention.ms'] }],
      includeSynonyms: true,
    }),
    answer: (topic) => ({
      results: [{ errorCode: 0, resourceName: topic, configs: [{ name: 'retention.ms', value: '604800000' }] }],
    }),
  },
  {
    api: 'AlterConfigs',
    request: () => ({
      resources: [{ resourceType: 2, resourceName: 'unheard-of', configs: [] }],
      validateOnly: true,
    }),
    answer: () => ({ responses: [{ errorCode: codes.unknownTopic }] }),
  },
  {
    api: 'IncrementalAlterConfigs',
    request: (topic) => ({
      resources: [
        {
          resourceType: 2,
          resourceName: topic,
          configs: [{ name: 'retention.ms', configOperation: 0, value: '1000' }],
        },
      ],
      validateOnly: true,
    }),
    answer: () => ({ responses: [{ errorCode: 0 }] }),
  },
  {
    api: 'DescribeCluster',
    request: () => ({ includeClusterAuthorizedOperations: false, endpointType: 1 }),
    answer: () => ({ errorCode: 0, controllerId: 1, brokers: [{ brokerId: 1 }] }),
  },
  {
    api: 'DescribeLogDirs',
    request: (topic) => ({ topics: [{ topic, partitions: [0] }] }),
    answer: (name) => ({ results: [{ errorCode: 0, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] }] }),
  },
  {
    api: 'DescribeProducers',
    request: (name) => ({ topics: [{ name, partitionIndexes: [0] }] }),
    answer: (name) => ({ topics: [{ name, partitions: [{ errorCode: 0, activeProducers: [] }] }] }),
  },
  {
    api: 'DescribeTransactions',
    request: () => ({ transactionalIds: ['unheard-of'] }),
    answer: () => ({ transactionStates: [{ errorCode: codes.noSuchTransaction }] }),
  },
  {
    api: 'ListTransactions',
    request: () => ({ stateFilters: [], producerIdFilters: [] }),
    answer: () => ({ errorCode: 0, unknownStateFilters: [] }),
  },
];
