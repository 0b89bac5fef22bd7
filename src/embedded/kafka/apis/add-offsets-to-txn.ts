import { errorCodes } from '../errors.ts';
import { int16, int32, int64, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { fencedCode } from './transaction-errors.ts';

/** Makes a group's offsets part of a transaction. */
export const addOffsetsToTxn: Api = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: [0, 3],
  flexible: 3,
  request: struct({ transactionalId: string, producerId: int64, producerEpoch: int16, groupId: string }),
  response: struct({ throttleTimeMs: int32, errorCode: int16 }),
  handle: (broker, { transactionalId, groupId, ...who }) => {
    broker.transactions.addGroup(transactionalId, who, groupId);
    return { throttleTimeMs: 0, errorCode: errorCodes.NONE };
  },
  refuse: (_request, errorCode, { version }) => ({
    throttleTimeMs: 0,
    errorCode: version < 2 ? fencedCode(errorCode) : errorCode,
  }),
});
