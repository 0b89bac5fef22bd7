import type { Broker } from '../broker.ts';
import { answering, errorCodes, KafkaError } from '../errors.ts';
import { describeConfigs } from '../topics/config.ts';
import {
  array,
  boolean,
  int8,
  int16,
  int32,
  nullable,
  type Read,
  since,
  string,
  struct,
  uuid,
  type Write,
  zeroUuid,
} from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { checkAssignments } from './assignments.ts';
import { configSources } from './config-sources.ts';
import { once } from './once.ts';

const wantedTopic = struct({
  name: string,
  numPartitions: int32,
  replicationFactor: int16,
  assignments: array(struct({ partitionIndex: int32, brokerIds: array(int32) })),
  configs: array(struct({ name: string, value: nullable(string) })),
});

const createdTopic = struct({
  name: string,
  topicId: since(7, uuid, zeroUuid),
  errorCode: int16,
  errorMessage: nullable(string),
  numPartitions: since(5, int32, -1),
  replicationFactor: since(5, int16, -1),
  configs: since(
    5,
    nullable(
      array(
        struct({
          name: string,
          value: nullable(string),
          readOnly: boolean,
          configSource: int8,
          isSensitive: boolean,
        }),
      ),
    ),
  ),
});

/** "The broker's default", for the number of partitions and the replication factor. */
const byDefault = -1;

/** Makes topics, ready to use when this is answered. */
export const createTopics: Api = api({
  key: 19,
  name: 'CreateTopics',
  versions: [2, 7],
  flexible: 5,
  request: struct({ topics: array(wantedTopic), timeoutMs: int32, validateOnly: boolean }),
  response: struct({ throttleTimeMs: int32, topics: array(createdTopic) }),
  handle: (broker, { topics, validateOnly }) => ({
    throttleTimeMs: 0,
    topics: once(topics, ({ name }) => name).map(({ element: topic, check }) =>
      answering<Write<typeof createdTopic>>(
        () => {
          check();
          return create(broker, topic, validateOnly);
        },
        (errorCode, errorMessage) => ({ name: topic.name, errorCode, errorMessage }),
        broker.settings.log,
      ),
    ),
  }),
  refuse: ({ topics }, errorCode) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }),
});

function create(
  broker: Broker,
  { name, numPartitions, replicationFactor, assignments, configs }: Read<typeof wantedTopic>,
  validateOnly: boolean,
): Write<typeof createdTopic> {
  if (assignments.length > 0 && numPartitions !== byDefault) {
    throw new KafkaError('INVALID_REQUEST', 'Give a number of partitions or their assignment, not both');
  }
  if (!assignments.every((_, partition) => assignments.some(({ partitionIndex }) => partitionIndex === partition))) {
    throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', 'The assignments are those of partitions 0, 1, … without a gap');
  }
  checkAssignments(assignments);
  const wantedPartitions = numPartitions === byDefault ? broker.settings.defaultPartitions : numPartitions;
  const partitions = assignments.length > 0 ? assignments.length : wantedPartitions;
  const set = new Map(configs.map((config) => [config.name, config.value]));
  const created = broker.topics.create({
    name,
    partitions,
    replicationFactor: replicationFactor === byDefault ? 1 : replicationFactor,
    configs: set,
    validateOnly,
  });
  return {
    name,
    topicId: created?.id ?? zeroUuid,
    errorCode: errorCodes.NONE,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: describeConfigs(created?.configs ?? new Map()).map((config) => ({
      name: config.name,
      value: config.value,
      readOnly: false,
      configSource: config.isDefault ? configSources.default : configSources.topic,
      isSensitive: false,
    })),
  };
}
