import type { Broker } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import { array, boolean, bytes, int16, int32, nullable, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { noOperations } from './authorized-operations.ts';

const describedGroup = struct({
  errorCode: int16,
  groupId: string,
  groupState: string,
  protocolType: string,
  protocolData: string,
  members: array(
    struct({
      memberId: string,
      groupInstanceId: since(4, nullable(string), null),
      clientId: string,
      clientHost: string,
      memberMetadata: bytes,
      memberAssignment: bytes,
    }),
  ),
  authorizedOperations: since(3, int32, noOperations),
});

/** The state and the members of groups; an unknown group is described as Dead, as Kafka does it. */
export const describeGroups: Api = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 5],
  flexible: 5,
  request: struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean) }),
  response: struct({ throttleTimeMs: since(1, int32), groups: array(describedGroup) }),
  handle: (broker, { groups }) => ({ groups: groups.map((groupId) => describe(broker, groupId)) }),
  refuse: ({ groups }, errorCode) => ({ groups: groups.map((groupId) => without(groupId, errorCode)) }),
});

function describe(broker: Broker, groupId: string): Write<typeof describedGroup> {
  const group = broker.groups.find(groupId);
  if (group === undefined) return without(groupId, errorCodes.NONE);
  return {
    errorCode: errorCodes.NONE,
    groupId,
    groupState: group.state,
    protocolType: group.protocolType,
    protocolData: group.protocol,
    members: group.members.map(({ metadata, assignment, ...member }) => ({
      ...member,
      memberMetadata: metadata,
      memberAssignment: assignment,
    })),
  };
}

function without(groupId: string, errorCode: number): Write<typeof describedGroup> {
  return { errorCode, groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] };
}
