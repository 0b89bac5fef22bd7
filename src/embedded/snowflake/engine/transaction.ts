/**
 * One session's transaction, with Snowflake's meaning on top of DuckDB's.
 *
 * - A failed statement leaves the transaction open. DuckDB ends it, so the statements that changed something are kept
 *   and run again on a new DuckDB transaction.
 * - READ COMMITTED: until the transaction has changed something, every statement sees what is committed when it
 *   starts. When it waited for a lock, it sees what the other one committed. Otherwise, after its first change, reads
 *   see the state of that change (the one difference to Snowflake).
 * - No statement is ever partly done.
 */
import { SnowflakeError } from '../errors.ts';
import type { EngineConnection, Rows } from './duckdb.ts';
import { toSnowflakeError } from './errors-duckdb.ts';
import type { LockMode, LockOwner, LockTable } from './locks.ts';

const ABANDONED =
  'The transaction was rolled back: it had been idle while another session waited for its locks. Begin it again.';

export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
}

export interface Work {
  readonly sql: string;
  readonly parameters?: readonly string[];
  readonly lock?: Lock | undefined;
}

export interface Transaction {
  readonly active: boolean;
  /** Runs one DuckDB statement, in the transaction or, without one, in its own. */
  run(work: Work, signal: AbortSignal): Promise<Rows>;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(): Promise<void>;
}

export interface TransactionOptions {
  readonly connection: EngineConnection;
  readonly locks: LockTable;
  /** What others call it when they wait for its locks. */
  readonly name: string;
  readonly lockTimeoutMs: () => number;
  /** Grows with every definition: a table made since the snapshot must be found. */
  readonly catalogVersion: () => number;
}

export function createTransaction(options: TransactionOptions): Transaction {
  const { connection, locks, name, lockTimeoutMs, catalogVersion } = options;
  let active = false;
  /** Rolled back behind the session's back: its next statement must hear of it. */
  let abandoned = false;
  /** DuckDB's BEGIN has been sent. */
  let open = false;
  let snapshot = 0;
  let snapshotCatalog = 0;
  let journal: Work[] = [];
  let idleSince: number | undefined = performance.now();

  const owner: LockOwner = {
    name,
    idleSince: () => idleSince,
    async abandon() {
      abandoned = true;
      await end('ROLLBACK');
    },
  };

  const send = async (work: Work): Promise<Rows> => connection.run(work.sql, work.parameters);

  async function reopen(): Promise<void> {
    if (open) await connection.run('ROLLBACK');
    open = false;
    snapshot = locks.clock;
    snapshotCatalog = catalogVersion();
    await connection.run('BEGIN TRANSACTION');
    open = true;
    for (const work of journal) await send(work);
  }

  async function runInside(work: Work): Promise<Rows> {
    const overtaken = work.lock !== undefined && locks.lastCommit(work.lock.table) > snapshot;
    const stale = overtaken || catalogVersion() !== snapshotCatalog;
    if (!open || journal.length === 0 || stale) await reopen();
    try {
      const rows = await send(work);
      if (work.lock) journal.push(work);
      return rows;
    } catch (error) {
      await reopen();
      throw error;
    }
  }

  async function end(word: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const changed = journal.length > 0 && word === 'COMMIT';
    const wasOpen = open;
    active = false;
    open = false;
    journal = [];
    try {
      if (wasOpen) await connection.run(word);
    } catch (error) {
      if (word === 'COMMIT') await connection.run('ROLLBACK').catch(() => undefined);
      locks.release(owner, false);
      throw toSnowflakeError(error);
    }
    locks.release(owner, changed);
  }

  return {
    get active() {
      return active;
    },
    async run(work, signal) {
      if (abandoned) throw new SnowflakeError('lockTimeout', ABANDONED);
      idleSince = undefined;
      try {
        if (work.lock) await locks.acquire(owner, work.lock.table, work.lock.mode, lockTimeoutMs(), signal);
        signal.throwIfAborted();
        const interrupt = (): void => connection.interrupt();
        signal.addEventListener('abort', interrupt, { once: true });
        try {
          return active ? await runInside(work) : await send(work);
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          throw toSnowflakeError(error);
        } finally {
          signal.removeEventListener('abort', interrupt);
          if (!active && work.lock) locks.release(owner, true);
        }
      } finally {
        idleSince = performance.now();
      }
    },
    async begin() {
      abandoned = false;
      active = true;
    },
    async commit() {
      if (abandoned) {
        abandoned = false;
        throw new SnowflakeError('lockTimeout', ABANDONED);
      }
      await end('COMMIT');
    },
    async rollback() {
      abandoned = false;
      await end('ROLLBACK');
    },
    async close() {
      await end('ROLLBACK').catch(() => undefined);
      connection.close();
    },
  };
}
