import type { Broker } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import { array, boolean, bytes, int16, int32, nullable, since, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { noOperations } from './authorized-operations.ts';

const describedGroup = struct({
  errorCode: int16,
  errorMessage: since(6, nullable(string), null),
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

/** The state and the members of groups. An unknown group is Dead; from version 6 on that is an error (KIP-1043). */
export const describeGroups: Api = api({
  key: 15,
  name: 'DescribeGroups',
  versions: [0, 6],
  flexible: 5,
  request: struct({ groups: array(string), includeAuthorizedOperations: since(3, boolean) }),
  response: struct({ throttleTimeMs: since(1, int32), groups: array(describedGroup) }),
  handle: (broker, { groups }, { version }) => ({
    groups: groups.map((groupId) => describe(broker, groupId, version)),
  }),
  refuse: ({ groups }, errorCode) => ({ groups: groups.map((groupId) => without(groupId, errorCode)) }),
});

function describe(broker: Broker, groupId: string, version: number): Write<typeof describedGroup> {
  const group = broker.groups.find(groupId);
  if (group === undefined) {
    return version < 6
      ? without(groupId, errorCodes.NONE)
      : { ...without(groupId, errorCodes.GROUP_ID_NOT_FOUND), errorMessage: `There is no group ${groupId}` };
  }
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
