import { errorCodes } from '../errors.ts';
import { int16, int32, nullable, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

/** Keeps a member's session alive and tells it of a rebalance. */
export const heartbeat: Api = api({
  key: 12,
  name: 'Heartbeat',
  versions: [0, 4],
  flexible: 4,
  request: struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullable(string), null),
  }),
  response: struct({ throttleTimeMs: since(1, int32), errorCode: int16 }),
  handle: (broker, request) => {
    broker.groups.get(request.groupId).heartbeat({ ...request, generation: request.generationId });
    return { errorCode: errorCodes.NONE };
  },
  refuse: (_request, errorCode) => ({ errorCode }),
});
