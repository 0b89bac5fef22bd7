/**
 * One session's transaction, with Snowflake's meaning on top of DuckDB's.
 *
 * - A failed statement leaves the transaction open. DuckDB ends it, so the statements that changed something are kept
 *   and run again on a new DuckDB transaction.
 * - READ COMMITTED: until the transaction has changed something, every statement sees what is committed when it
 *   starts. When it waited for a lock, it sees what the other one committed. Otherwise, after its first change, reads
 *   see the state of that change (the one difference to Snowflake).
 * - With AUTOCOMMIT off, the first statement that changes rows begins a transaction by itself.
 * - No statement is ever partly done.
 * - Its locks are its own until it has been committed or rolled back, and the session's next statement waits for that,
 *   whoever ended it.
 */
import { randomUUID } from 'node:crypto';
import { SnowflakeError } from '../errors.ts';
import type { EngineConnection, Rows } from './duckdb.ts';
import { toSnowflakeError } from './errors-duckdb.ts';
import type { LockMode, LockOwner, LockTable } from './locks.ts';

const ABANDONED = 'it had been idle while another session waited for its locks';
const ABORTED = 'it was ended by SYSTEM$ABORT_TRANSACTION';

export interface Lock {
  readonly table: string;
  readonly mode: LockMode;
}

export interface Work {
  readonly sql: string;
  readonly parameters?: readonly string[];
  readonly lock?: Lock | undefined;
}

export interface TransactionFacts {
  /** Its start in nanoseconds since 1970, as text: larger than what a number of JavaScript holds. */
  readonly id: string;
  readonly name: string;
  readonly startedAt: Date;
}

/** One that is over. */
export interface EndedTransaction extends TransactionFacts {
  readonly state: 'committed' | 'rolled back';
  readonly endedAt: Date;
}

export interface Transaction {
  /** The open transaction, explicit or begun by a statement with AUTOCOMMIT off. */
  readonly current: TransactionFacts | undefined;
  /** The id of the one that was committed or rolled back last. */
  readonly lastId: string | undefined;
  /** Runs one DuckDB statement, in the transaction or, without one, in its own. */
  run(work: Work, signal: AbortSignal): Promise<Rows>;
  /** Runs a statement that takes several of DuckDB's, all or none; without a transaction in one of its own. */
  together<T>(work: () => Promise<T>): Promise<T>;
  /** Without effect in an open transaction: they never nest. */
  begin(name?: string): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Ends it for somebody else: what runs is interrupted, the session hears of it, with the reason, at its next statement. */
  abort(reason?: string): Promise<void>;
  close(): Promise<void>;
}

export interface TransactionOptions {
  readonly connection: EngineConnection;
  readonly locks: LockTable;
  readonly sessionId: string;
  /** The statement that runs: others read its id when they wait for its locks. */
  readonly queryId: () => string;
  readonly autocommit: () => boolean;
  readonly lockTimeoutMs: () => number;
  /** Grows with every definition: a table made since the snapshot must be found. */
  readonly catalogVersion: () => number;
  /** Since when the session has run no statement; undefined while one runs, a COMMIT or a wait among them. */
  readonly idleSince: () => number | undefined;
  /** Called when a transaction is over; not for a statement that had none around it. */
  readonly onEnded?: (transaction: EndedTransaction) => void;
}

/** Ids are the start time in nanoseconds, and never the same twice. */
let lastId = 0n;

function startFacts(name?: string): TransactionFacts {
  const startedAt = new Date();
  const now = BigInt(startedAt.getTime()) * 1_000_000n;
  lastId = now > lastId ? now : lastId + 1n;
  return { id: String(lastId), name: name ?? randomUUID(), startedAt };
}

export function createTransaction(options: TransactionOptions): Transaction {
  const { connection, locks, sessionId, queryId, autocommit, lockTimeoutMs, catalogVersion, idleSince, onEnded } =
    options;
  let current: TransactionFacts | undefined;
  let lastEnded: string | undefined;
  /** That it was rolled back behind the session's back: the session's next statement must hear of it. */
  let ended: SnowflakeError | undefined;
  /** DuckDB's BEGIN has been sent. */
  let open = false;
  let snapshot = 0;
  let snapshotCatalog = 0;
  let journal: Work[] = [];
  /** While one is committed or rolled back, be it for somebody else; never rejected. */
  let ending: Promise<void> | undefined;
  let running: AbortController | undefined;
  /** The transaction of a statement that has none around it. */
  let alone: TransactionFacts = startFacts();

  const owner: LockOwner = {
    sessionId,
    get transaction() {
      return current ?? alone;
    },
    get queryId() {
      return queryId();
    },
    // What is being ended, and a statement without a transaction, give their locks back by themselves.
    idleSince: () => (current ? idleSince() : undefined),
    async abandon() {
      if (current) await endFor(ABANDONED);
    },
  };

  const aborted = (reason: string): SnowflakeError =>
    new SnowflakeError(
      'transactionAborted',
      `Transaction '${current?.id}' was aborted, SQL execution canceled: ${reason}. It was rolled back: begin it again.`,
    );

  async function endFor(reason: string): Promise<void> {
    ended = aborted(reason);
    await end('ROLLBACK');
  }

  /** Puts it on record. */
  function record(transaction: TransactionFacts | undefined, state: EndedTransaction['state']): void {
    if (!transaction) return;
    lastEnded = transaction.id;
    onEnded?.({ ...transaction, state, endedAt: new Date() });
  }

  const send = async (work: Work, signal?: AbortSignal): Promise<Rows> =>
    connection.run(work.sql, work.parameters, signal);

  /** Not to be interrupted: a transaction with a part of its statements must not be committed. */
  async function reopen(): Promise<void> {
    try {
      if (open) await connection.run('ROLLBACK');
      open = false;
      snapshot = locks.clock;
      snapshotCatalog = catalogVersion();
      await connection.run('BEGIN TRANSACTION');
      open = true;
      for (const work of journal) await send(work);
    } catch (error) {
      await endFor(`what it had changed could not be done again: ${toSnowflakeError(error).message}`);
      throw ended;
    }
  }

  async function runInside(work: Work, signal: AbortSignal): Promise<Rows> {
    const overtaken = work.lock !== undefined && locks.lastCommit(work.lock.table) > snapshot;
    const stale = overtaken || catalogVersion() !== snapshotCatalog;
    if (!open || journal.length === 0 || stale) await reopen();
    try {
      const rows = await send(work, signal);
      if (work.lock) journal.push(work);
      return rows;
    } catch (error) {
      await reopen();
      throw error;
    }
  }

  function end(word: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const done = finish(word);
    const over = (): void => {
      ending = undefined;
    };
    ending = done.then(over, over);
    return done;
  }

  async function finish(word: 'COMMIT' | 'ROLLBACK'): Promise<void> {
    const changed = journal.length > 0 && word === 'COMMIT';
    const wasOpen = open;
    const last = current;
    current = undefined;
    open = false;
    journal = [];
    try {
      if (wasOpen) await connection.run(word);
    } catch (error) {
      if (word === 'COMMIT') await connection.run('ROLLBACK').catch(() => undefined);
      record(last, 'rolled back');
      locks.release(owner, false);
      throw toSnowflakeError(error);
    }
    record(last, word === 'COMMIT' ? 'committed' : 'rolled back');
    locks.release(owner, changed);
  }

  /** Runs it with the lock held; the signal ends the wait and the work. */
  async function runLocked(work: Work, signal: AbortSignal): Promise<Rows> {
    if (work.lock) await locks.acquire(owner, work.lock.table, work.lock.mode, lockTimeoutMs(), signal);
    const inside = current !== undefined;
    try {
      signal.throwIfAborted();
      return inside ? await runInside(work, signal) : await send(work, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw toSnowflakeError(error);
    } finally {
      if (!inside && work.lock) locks.release(owner, true);
    }
  }

  /** Who aborts it meanwhile leaves its end to this. */
  async function abortable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    running = new AbortController();
    try {
      return await work(running.signal);
    } finally {
      const { aborted } = running.signal;
      running = undefined;
      if (aborted) await end('ROLLBACK');
    }
  }

  async function commit(): Promise<void> {
    if (ending) await ending;
    const reason = ended;
    ended = undefined;
    if (reason !== undefined) throw reason;
    await end('COMMIT');
  }

  async function rollback(): Promise<void> {
    if (ending) await ending;
    ended = undefined;
    await end('ROLLBACK');
  }

  return {
    get current() {
      return current;
    },
    get lastId() {
      return lastEnded;
    },
    async run(work, signal) {
      if (ending) await ending;
      if (ended !== undefined) throw ended;
      const changes = work.lock !== undefined && work.lock.mode !== 'schema';
      if (!current && changes && !autocommit()) current = startFacts();
      if (!current) alone = startFacts();
      return abortable((abort) => runLocked(work, AbortSignal.any([signal, abort])));
    },
    async together(work) {
      if (ending) await ending;
      if (ended !== undefined) throw ended;
      const own = current === undefined && autocommit();
      const before = journal;
      if (own) current = startFacts();
      journal = [...before];
      try {
        const done = await work();
        if (own) await commit();
        return done;
      } catch (error) {
        if (own) await rollback();
        else if (current && journal.length > before.length) {
          journal = before;
          await abortable(reopen);
        }
        throw error;
      }
    },
    async begin(name) {
      if (ending) await ending;
      ended = undefined;
      current ??= startFacts(name);
    },
    commit,
    rollback,
    async abort(reason = ABORTED) {
      if (!current) return;
      if (!running) return endFor(reason);
      ended = aborted(reason);
      running.abort(ended);
    },
    async close() {
      if (ending) await ending;
      await end('ROLLBACK').catch(() => undefined);
      connection.close();
    },
  };
}
