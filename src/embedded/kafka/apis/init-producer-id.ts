import { errorCodes } from '../errors.ts';
import { int16, int32, int64, nullable, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';
import { fencedCode } from './transaction-errors.ts';

/** Gives an idempotent or transactional producer its id and epoch; fences and aborts who had the transactional id. */
export const initProducerId: Api = api({
  key: 22,
  name: 'InitProducerId',
  versions: [0, 4],
  flexible: 2,
  request: struct({
    transactionalId: nullable(string),
    transactionTimeoutMs: int32,
    producerId: since(3, int64, -1),
    producerEpoch: since(3, int16, -1),
  }),
  response: struct({ throttleTimeMs: int32, errorCode: int16, producerId: int64, producerEpoch: int16 }),
  handle: (broker, request) => ({
    throttleTimeMs: 0,
    errorCode: errorCodes.NONE,
    ...broker.transactions.initProducer(request.transactionalId, request.transactionTimeoutMs, request),
  }),
  refuse: (_request, errorCode, { version }) => ({
    throttleTimeMs: 0,
    errorCode: version < 4 ? fencedCode(errorCode) : errorCode,
    producerId: -1,
    producerEpoch: -1,
  }),
});
