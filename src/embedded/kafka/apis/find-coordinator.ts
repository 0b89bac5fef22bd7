import { type Broker, nodeId } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import { array, between, int8, int16, int32, nullable, since, string, struct, until } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** The coordinator of a group or a transactional id: the one node there is. */
export const findCoordinator: Api = api({
  key: 10,
  name: 'FindCoordinator',
  versions: [0, 4],
  flexible: 3,
  request: struct({
    key: until(3, string),
    keyType: since(1, int8),
    coordinatorKeys: since(4, array(string)),
  }),
  response: struct({
    throttleTimeMs: since(1, int32),
    errorCode: until(3, int16),
    errorMessage: between(1, 3, nullable(string), null),
    nodeId: until(3, int32),
    host: until(3, string),
    port: until(3, int32),
    coordinators: since(
      4,
      array(
        struct({
          key: string,
          nodeId: int32,
          host: string,
          port: int32,
          errorCode: int16,
          errorMessage: nullable(string),
        }),
      ),
    ),
  }),
  handle: (broker, { coordinatorKeys }) => ({
    ...thisNode(broker),
    coordinators: coordinatorKeys.map((key) => ({ key, errorMessage: null, ...thisNode(broker) })),
  }),
  refuse: ({ coordinatorKeys }, errorCode) => {
    const nowhere = { errorCode, nodeId: -1, host: '', port: -1 };
    return { ...nowhere, coordinators: coordinatorKeys.map((key) => ({ key, errorMessage: null, ...nowhere })) };
  },
});

function thisNode(broker: Broker) {
  return { errorCode: errorCodes.NONE, nodeId, ...broker.endpoint };
}
