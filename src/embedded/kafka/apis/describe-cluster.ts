import { nodeId } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import { array, boolean, int8, int16, int32, nullable, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { noOperations } from './authorized-operations.ts';

const brokers = 1;

/** The cluster: one node (KIP-700). Controllers (endpoint type 2, KIP-919) are no place to ask here. */
export const describeCluster: Api = api({
  key: 60,
  name: 'DescribeCluster',
  versions: [0, 1],
  flexible: 0,
  request: struct({ includeClusterAuthorizedOperations: boolean, endpointType: since(1, int8, brokers) }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    errorMessage: nullable(string),
    endpointType: since(1, int8, brokers),
    clusterId: string,
    controllerId: int32,
    brokers: array(struct({ brokerId: int32, host: string, port: int32, rack: nullable(string) })),
    clusterAuthorizedOperations: int32,
  }),
  handle: (broker) => ({
    throttleTimeMs: 0,
    errorCode: errorCodes.NONE,
    errorMessage: null,
    clusterId: broker.clusterId,
    controllerId: nodeId,
    brokers: [{ brokerId: nodeId, ...broker.endpoint, rack: null }],
    clusterAuthorizedOperations: noOperations,
  }),
  refuse: (_request, errorCode) => ({
    throttleTimeMs: 0,
    errorCode,
    errorMessage: null,
    clusterId: '',
    controllerId: -1,
    brokers: [],
    clusterAuthorizedOperations: noOperations,
  }),
});
