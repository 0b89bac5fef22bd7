import { answering, errorCodes } from '../errors.ts';
import { array, int16, int32, nullable, since, string, struct, until } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** Takes members out of a group: one (to version 2), or several, static ones by their instance id (KIP-345). */
export const leaveGroup: Api = api({
  key: 13,
  name: 'LeaveGroup',
  versions: [0, 5],
  flexible: 4,
  request: struct({
    groupId: string,
    memberId: until(2, string),
    members: since(
      3,
      array(
        struct({
          memberId: string,
          groupInstanceId: nullable(string),
          reason: since(5, nullable(string), null),
        }),
      ),
    ),
  }),
  response: struct({
    throttleTimeMs: since(1, int32),
    errorCode: int16,
    members: since(3, array(struct({ memberId: string, groupInstanceId: nullable(string), errorCode: int16 }))),
  }),
  handle: (broker, { groupId, memberId, members }, { version }) => {
    const group = broker.groups.get(groupId);
    if (version < 3) {
      group.leave({ memberId, groupInstanceId: null });
      return { errorCode: errorCodes.NONE };
    }
    return {
      errorCode: errorCodes.NONE,
      // Answered as they were named: by those names Java's admin client looks for its answers.
      members: members.map(({ memberId, groupInstanceId }) =>
        answering(
          () => {
            group.leave({ memberId, groupInstanceId });
            return { memberId, groupInstanceId, errorCode: errorCodes.NONE as number };
          },
          (errorCode) => ({ memberId, groupInstanceId, errorCode }),
        ),
      ),
    };
  },
  refuse: (_request, errorCode) => ({ errorCode }),
});
