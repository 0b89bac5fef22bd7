import { errorCodes } from '../errors.ts';
import { array, int16, int32, nullable, nullableStruct, since, string, struct, uuid } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const topicPartitions = array(struct({ topicId: uuid, partitions: array(int32) }));
const noProtocol =
  'The embedded broker has no consumer group protocol of KIP-848: set group.protocol=classic for the consumer';

/**
 * Joins a group by the protocol of KIP-848, which is always refused: groups are classic here. It is listed all the
 * same, as Apache Kafka lists it when the protocol is turned off: librdkafka asks in silence for ever when it is not.
 */
export const consumerGroupHeartbeat: Api = api({
  key: 68,
  name: 'ConsumerGroupHeartbeat',
  versions: [0, 1],
  flexible: 0,
  request: struct({
    groupId: string,
    memberId: string,
    memberEpoch: int32,
    instanceId: nullable(string),
    rackId: nullable(string),
    rebalanceTimeoutMs: int32,
    subscribedTopicNames: nullable(array(string)),
    subscribedTopicRegex: since(1, nullable(string), null),
    serverAssignor: nullable(string),
    topicPartitions: nullable(topicPartitions),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    memberId: nullable(string),
    memberEpoch: int32,
    heartbeatIntervalMs: int32,
    assignment: nullableStruct({ topicPartitions }),
  }),
  handle: () => refusal(errorCodes.UNSUPPORTED_VERSION, noProtocol),
  refuse: (_request, errorCode) => refusal(errorCode, null),
});

function refusal(errorCode: number, errorMessage: string | null) {
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage,
    memberId: null,
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    assignment: null,
  };
}
