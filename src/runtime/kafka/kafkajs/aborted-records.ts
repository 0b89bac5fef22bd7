/**
 * Keeps records of aborted transactions from who reads committed ones. kafkajs takes the list of aborted transactions for
 * sorted, and Kafka lists them in the order of their ends; it steps into one of them at most with each record; and it takes
 * any record with the key 00 00 00 00 for the mark of an end. Where transactions overlap, aborted records get through.
 *
 * @see https://cwiki.apache.org/confluence/display/KAFKA/KIP-98+-+Exactly+Once+Delivery+and+Transactional+Messaging
 */
import { replace } from './replace.ts';

/** A record as kafkajs has decoded it. */
export interface ReadRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

export interface ReadRecords<R extends ReadRecord> {
  /** In the order of their offsets. */
  readonly messages: readonly R[];
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
}

/** Goes for all consumers of this thread. */
export function dropAbortedRecords(): void {
  replace('consumer/filterAbortedMessages', () => withoutAborted);
}

/** All but the records of aborted transactions; marks of ends stay. */
export function withoutAborted<R extends ReadRecord>({ messages, abortedTransactions }: ReadRecords<R>): readonly R[] {
  if (!abortedTransactions?.length) return messages;
  const ahead = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => Number(b.firstOffset - a.firstOffset));
  /** The producers in whose aborted transactions the next record lies. */
  const open = new Set<string>();
  return messages.filter((message) => {
    const offset = BigInt(message.offset);
    for (let next = ahead.at(-1); next !== undefined && next.firstOffset <= offset; next = ahead.at(-1)) {
      open.add(next.producerId);
      ahead.pop();
    }
    const { producerId, inTransaction } = message.batchContext;
    if (!message.isControlRecord) return !(inTransaction && open.has(producerId));
    if (isAbort(message.key)) open.delete(producerId);
    return true;
  });
}

/** A mark's key: its version and its type, two bytes each; 0 is an abort, 1 a commit. */
const isAbort = (key: Buffer | null): boolean => key !== null && key.length >= 4 && key.readInt16BE(2) === 0;
