import { errorCodes } from '../errors.ts';
import { boolean, int16, int32, int64, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { fencedCode } from './transaction-errors.ts';

/** Commits or aborts a transaction; when this is answered, all markers and offsets are written. */
export const endTxn: Api = api({
  key: 26,
  name: 'EndTxn',
  versions: [0, 3],
  flexible: 3,
  request: struct({ transactionalId: string, producerId: int64, producerEpoch: int16, committed: boolean }),
  response: struct({ throttleTimeMs: int32, errorCode: int16 }),
  handle: (broker, { transactionalId, committed, ...who }) => {
    broker.transactions.end(transactionalId, who, committed);
    return { throttleTimeMs: 0, errorCode: errorCodes.NONE };
  },
  refuse: (_request, errorCode, { version }) => ({
    throttleTimeMs: 0,
    errorCode: version < 2 ? fencedCode(errorCode) : errorCode,
  }),
});
