import { errorCodes } from '../errors.ts';
import { array, int16, int32, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const groupType = 'Classic';

/** All groups that have members or offsets, of some states or types (KIP-518, KIP-848): here all are classic. */
export const listGroups: Api = api({
  key: 16,
  name: 'ListGroups',
  versions: [0, 5],
  flexible: 3,
  request: struct({ statesFilter: since(4, array(string)), typesFilter: since(5, array(string)) }),
  response: struct({
    throttleTimeMs: since(1, int32),
    errorCode: int16,
    groups: array(
      struct({ groupId: string, protocolType: string, groupState: since(4, string), groupType: since(5, string) }),
    ),
  }),
  handle: (broker, { statesFilter, typesFilter }) => ({
    errorCode: errorCodes.NONE,
    groups: broker.groups
      .list()
      .filter(({ state }) => passes(state, statesFilter) && passes(groupType, typesFilter))
      .map(({ id, protocolType, state }) => ({ groupId: id, protocolType, groupState: state, groupType })),
  }),
  refuse: (_request, errorCode) => ({ errorCode, groups: [] }),
});

/** Whether a filter names the value, in any case; an empty one lets everything pass. */
function passes(value: string, filter: readonly string[]): boolean {
  return filter.length === 0 || filter.some((one) => one.toLowerCase() === value.toLowerCase());
}
