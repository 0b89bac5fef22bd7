import { errorCodes, KafkaError } from '../errors.ts';
import { array, bytes, int16, int32, nullable, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** Takes the leader's assignments and gives each member its own; answered when the leader's are there. */
export const syncGroup: Api = api({
  key: 14,
  name: 'SyncGroup',
  versions: [0, 5],
  flexible: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string), null),
    protocolType: since(5, nullable(string), null),
    protocolName: since(5, nullable(string), null),
    assignments: array(struct({ memberId: string, assignment: bytes })),
  }),
  response: struct({
    throttleTimeMs: since(1, int32),
    errorCode: int16,
    protocolType: since(5, nullable(string), null),
    protocolName: since(5, nullable(string), null),
    assignment: bytes,
  }),
  handle: async (broker, request) => {
    const group = broker.groups.get(request.groupId);
    const { protocolType, protocolName } = request;
    if (protocolType !== null && protocolType !== group.protocolType) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
    }
    const assignment = await group.sync({ ...request, generation: request.generationId }, request.assignments);
    return { errorCode: errorCodes.NONE, protocolType, protocolName, assignment };
  },
  refuse: (_request, errorCode) => ({ errorCode, assignment: Buffer.alloc(0) }),
});
