/** The transactions of all sessions that are over, for DESCRIBE TRANSACTION: the last thousand. */
import type { EndedTransaction } from './engine/transaction.ts';

export interface TransactionRecord extends EndedTransaction {
  readonly user: string;
  readonly sessionId: string;
}

export interface TransactionHistory {
  add(transaction: TransactionRecord): void;
  find(id: string): TransactionRecord | undefined;
}

const KEPT = 1000;

export function createTransactionHistory(): TransactionHistory {
  const byId = new Map<string, TransactionRecord>();
  return {
    add(transaction) {
      byId.set(transaction.id, transaction);
      for (const oldest of byId.keys()) {
        if (byId.size <= KEPT) break;
        byId.delete(oldest);
      }
    },
    find: (id) => byId.get(id),
  };
}
