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
  handle: async (broker, request, { version }) => {
    const { groupId, protocolType, protocolName, assignments } = request;
    if (version >= 5 && (protocolType === null || protocolName === null)) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', 'From version 5 on a member says what it believes to speak');
    }
    const who = { ...request, generation: request.generationId };
    const assignment = await broker.groups.get(groupId).sync(who, { protocolType, protocolName }, assignments);
    return { errorCode: errorCodes.NONE, protocolType, protocolName, assignment };
  },
  refuse: (_request, errorCode) => ({ errorCode, assignment: Buffer.alloc(0) }),
});
