import { errorCodes } from '../errors.ts';
import type { TransactionState } from '../transactions/transaction.ts';
import { array, int16, int32, int64, since, string, struct } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const states: ReadonlySet<string> = new Set<TransactionState>([
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
]);

/** All transactional ids, by state, producer id or age of the open transaction (KIP-664, KIP-994). */
export const listTransactions: Api = api({
  key: 66,
  name: 'ListTransactions',
  versions: [0, 1],
  flexible: 0,
  request: struct({
    stateFilters: array(string),
    producerIdFilters: array(int64),
    durationFilter: since(1, int64, -1),
  }),
  response: struct({
    throttleTimeMs: int32,
    errorCode: int16,
    unknownStateFilters: array(string),
    transactionStates: array(struct({ transactionalId: string, producerId: int64, transactionState: string })),
  }),
  handle: (broker, { stateFilters, producerIdFilters, durationFilter }) => {
    const startedBefore = Date.now() - durationFilter;
    return {
      throttleTimeMs: 0,
      errorCode: errorCodes.NONE,
      unknownStateFilters: stateFilters.filter((state) => !states.has(state)),
      transactionStates: broker.transactions
        .list()
        .filter(({ state }) => stateFilters.length === 0 || stateFilters.includes(state))
        .filter(({ producerId }) => producerIdFilters.length === 0 || producerIdFilters.includes(producerId))
        .filter(({ startedAt }) => durationFilter < 0 || (startedAt >= 0 && startedAt < startedBefore))
        .map(({ transactionalId, producerId, state }) => ({ transactionalId, producerId, transactionState: state })),
    };
  },
  refuse: (_request, errorCode) => ({
    throttleTimeMs: 0,
    errorCode,
    unknownStateFilters: [],
    transactionStates: [],
  }),
});
