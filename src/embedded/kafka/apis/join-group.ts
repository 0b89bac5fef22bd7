import { errorCodes, KafkaError } from '../errors.ts';
import { MemberIdRequired } from '../groups/member.ts';
import { array, boolean, bytes, int16, int32, nullable, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** Kafka asks for at least 6 s by default; tests of clients want less. */
const sessionTimeouts = { min: 10, max: 30 * 60 * 1000 } as const;

const response = struct({
  throttleTimeMs: int32,
  errorCode: int16,
  generationId: int32,
  protocolType: since(7, nullable(string), null),
  protocolName: nullable(string, 7),
  leader: string,
  skipAssignment: since(9, boolean),
  memberId: string,
  members: array(struct({ memberId: string, groupInstanceId: since(5, nullable(string), null), metadata: bytes })),
});

/** Joins a group; answered when the generation is complete. */
export const joinGroup: Api = api({
  key: 11,
  name: 'JoinGroup',
  versions: [2, 9],
  flexible: 6,
  request: struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: int32,
    memberId: string,
    groupInstanceId: since(5, nullable(string), null),
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
    reason: since(8, nullable(string), null),
  }),
  response,
  handle: async (broker, request, { version, clientId, clientHost }) => {
    if (request.sessionTimeoutMs < sessionTimeouts.min || request.sessionTimeoutMs > sessionTimeouts.max) {
      throw new KafkaError('INVALID_SESSION_TIMEOUT', `Session time-outs lie in 10..1800000 ms`);
    }
    try {
      const joined = await broker.groups
        .ensure(request.groupId)
        .join({ ...request, clientId, clientHost, requiresKnownMemberId: version >= 4 });
      return {
        throttleTimeMs: 0,
        errorCode: errorCodes.NONE,
        generationId: joined.generation,
        protocolType: joined.protocolType,
        protocolName: joined.protocol,
        leader: joined.leader,
        skipAssignment: joined.skipAssignment,
        memberId: joined.memberId,
        members: joined.members,
      };
    } catch (error) {
      if (error instanceof MemberIdRequired) return refused(error.memberId, error.code, version);
      throw error;
    }
  },
  refuse: ({ memberId }, errorCode, { version }) => refused(memberId, errorCode, version),
});

function refused(memberId: string, errorCode: number, version: number): Write<typeof response> {
  return {
    throttleTimeMs: 0,
    errorCode,
    generationId: -1,
    protocolName: version >= 7 ? null : '',
    leader: '',
    memberId,
    members: [],
  };
}
