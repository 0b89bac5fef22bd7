import { answering, errorCodes } from '../errors.ts';
import { array, int16, int32, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** Removes groups without members, and their offsets. */
export const deleteGroups: Api = api({
  key: 42,
  name: 'DeleteGroups',
  versions: [0, 2],
  flexible: 2,
  request: struct({ groupsNames: array(string) }),
  response: struct({ throttleTimeMs: int32, results: array(struct({ groupId: string, errorCode: int16 })) }),
  handle: (broker, { groupsNames }) => ({
    throttleTimeMs: 0,
    results: groupsNames.map((groupId) =>
      answering(
        () => {
          broker.groups.delete(groupId);
          return { groupId, errorCode: errorCodes.NONE as number };
        },
        (errorCode) => ({ groupId, errorCode }),
        broker.settings.log,
      ),
    ),
  }),
  refuse: ({ groupsNames }, errorCode) => ({
    throttleTimeMs: 0,
    results: groupsNames.map((groupId) => ({ groupId, errorCode })),
  }),
});
