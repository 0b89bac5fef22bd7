import type { Broker } from '../broker.ts';
import { errorCodes } from '../errors.ts';
import { array, int16, int32, int64, string, struct, type Write } from '../wire/codec.ts';
import { type Api, api } from './api.ts';

const describedTransaction = struct({
  errorCode: int16,
  transactionalId: string,
  transactionState: string,
  transactionTimeoutMs: int32,
  transactionStartTimeMs: int64,
  producerId: int64,
  producerEpoch: int16,
  topics: array(struct({ topic: string, partitions: array(int32) })),
});

/** Transactions by their transactional ids (KIP-664). */
export const describeTransactions: Api = api({
  key: 65,
  name: 'DescribeTransactions',
  versions: [0, 0],
  flexible: 0,
  request: struct({ transactionalIds: array(string) }),
  response: struct({ throttleTimeMs: int32, transactionStates: array(describedTransaction) }),
  handle: (broker, { transactionalIds }) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((id) => describe(broker, id)),
  }),
  refuse: ({ transactionalIds }, errorCode) => ({
    throttleTimeMs: 0,
    transactionStates: transactionalIds.map((id) => without(id, errorCode)),
  }),
});

function describe(broker: Broker, transactionalId: string): Write<typeof describedTransaction> {
  const transaction = broker.transactions.find(transactionalId);
  if (transaction === undefined) return without(transactionalId, errorCodes.TRANSACTIONAL_ID_NOT_FOUND);
  return {
    errorCode: errorCodes.NONE,
    transactionalId,
    transactionState: transaction.state,
    transactionTimeoutMs: transaction.timeoutMs,
    transactionStartTimeMs: transaction.startedAt,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: [...Map.groupBy(transaction.partitions, ({ topic }) => topic)].map(([topic, partitions]) => ({
      topic,
      partitions: partitions.map(({ partition }) => partition),
    })),
  };
}

function without(transactionalId: string, errorCode: number): Write<typeof describedTransaction> {
  return {
    errorCode,
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: -1,
    producerId: -1,
    producerEpoch: -1,
    topics: [],
  };
}
