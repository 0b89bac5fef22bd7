import { errorCodes } from '../errors.ts';
import { array, int16, int32, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** All groups that have members or offsets. Group types (version 5) are left out: all are classic. */
export const listGroups: Api = api({
  key: 16,
  name: 'ListGroups',
  versions: [0, 4],
  flexible: 3,
  request: struct({ statesFilter: since(4, array(string)) }),
  response: struct({
    throttleTimeMs: since(1, int32),
    errorCode: int16,
    groups: array(struct({ groupId: string, protocolType: string, groupState: since(4, string) })),
  }),
  handle: (broker, { statesFilter }) => {
    const wanted = new Set(statesFilter.map((state) => state.toLowerCase()));
    return {
      errorCode: errorCodes.NONE,
      groups: broker.groups
        .list()
        .filter(({ state }) => wanted.size === 0 || wanted.has(state.toLowerCase()))
        .map(({ id, protocolType, state }) => ({ groupId: id, protocolType, groupState: state })),
    };
  },
  refuse: (_request, errorCode) => ({ errorCode, groups: [] }),
});
