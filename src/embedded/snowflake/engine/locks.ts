/**
 * Table locks with Snowflake's manners: an UPDATE, DELETE or MERGE waits while another transaction has changed rows of
 * the table; INSERTs wait for nobody but DDL. DuckDB would fail such a statement at once.
 *
 * A cycle of waiters is found when it would close: the last one to come gets 000625. So does the twenty-first statement
 * that would wait for one table. A holder that has been idle for five minutes while somebody waits is rolled back, as
 * Snowflake does with detached transactions.
 */
import { SnowflakeError } from '../errors.ts';

/** `change`: UPDATE, DELETE, MERGE. `schema`: DDL, TRUNCATE. */
export type LockMode = 'insert' | 'change' | 'schema';

export interface LockOwner {
  readonly sessionId: string;
  readonly transaction: { readonly id: string; readonly startedAt: Date };
  /** The statement that runs, or ran last. */
  readonly queryId: string;
  /** Since when it has run no statement; undefined while one runs, and while it gives its locks back. */
  idleSince(): number | undefined;
  /** Ends its transaction and gives its locks back. */
  abandon(): Promise<void>;
}

interface Held {
  readonly modes: Set<LockMode>;
  readonly queryId: string;
  readonly acquiredAt: Date;
}

interface Waiter {
  readonly owner: LockOwner;
  readonly table: string;
  readonly mode: LockMode;
  wake(): void;
}

/** A line of SHOW LOCKS. */
export interface LockLine {
  readonly table: string;
  readonly owner: LockOwner;
  readonly status: 'HOLDING' | 'WAITING';
  readonly acquiredAt: Date | undefined;
  readonly queryId: string;
}

export interface LockTable {
  /** Resolves when the owner holds the lock; until `release`. */
  acquire(owner: LockOwner, table: string, mode: LockMode, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Gives back all locks of the owner; tables that it changed count as changed now. */
  release(owner: LockOwner, changed: boolean): void;
  /** A number that grows with every commit. */
  readonly clock: number;
  /** The clock when the table was last changed by a commit. */
  lastCommit(table: string): number;
  /** Who holds what, and who waits. */
  lines(): readonly LockLine[];
}

const COMPATIBLE: Readonly<Record<LockMode, readonly LockMode[]>> = {
  insert: ['insert', 'change'],
  change: ['insert'],
  schema: [],
};
/** Snowflake's, for one lock; of some accounts 50. */
const MOST_WAITERS = 20;

export function createLockTable(abandonAfterMs = 300_000): LockTable {
  const held = new Map<string, Map<LockOwner, Held>>();
  const commits = new Map<string, number>();
  const waiters = new Set<Waiter>();
  let clock = 0;

  const blockers = (owner: LockOwner, table: string, mode: LockMode): LockOwner[] =>
    [...(held.get(table) ?? [])]
      .filter(
        ([holder, { modes }]) => holder !== owner && [...modes].some((other) => !COMPATIBLE[mode].includes(other)),
      )
      .map(([holder]) => holder);

  const waitsFor = (owner: LockOwner, target: LockOwner, seen = new Set<LockOwner>()): boolean => {
    if (seen.has(owner)) return false;
    seen.add(owner);
    return [...waiters]
      .filter((waiter) => waiter.owner === owner)
      .flatMap((waiter) => blockers(waiter.owner, waiter.table, waiter.mode))
      .some((blocker) => blocker === target || waitsFor(blocker, target, seen));
  };

  const take = (owner: LockOwner, table: string, mode: LockMode): void => {
    const owners = held.get(table) ?? new Map<LockOwner, Held>();
    held.set(table, owners);
    const own = owners.get(owner) ?? { modes: new Set(), queryId: owner.queryId, acquiredAt: new Date() };
    own.modes.add(mode);
    owners.set(owner, own);
  };

  const refusal = (owner: LockOwner, table: string, blocking: readonly LockOwner[], reason: string): SnowflakeError => {
    const holder = blocking[0] as LockOwner;
    const statement = held.get(table)?.get(holder)?.queryId;
    return new SnowflakeError(
      'lockTimeout',
      `Statement '${statement}' has locked table '${table.split('.').at(-1)}' in transaction ${holder.transaction.id} and ` +
        `this lock has not yet been released.\nYour statement '${owner.queryId}' was aborted because ${reason}.`,
    );
  };

  return {
    get clock() {
      return clock;
    },
    lastCommit: (table) => commits.get(table) ?? 0,
    async acquire(owner, table, mode, timeoutMs, signal) {
      const deadline = performance.now() + timeoutMs;
      for (let arrives = true; ; arrives = false) {
        const blocking = blockers(owner, table, mode);
        if (blocking.length === 0) return take(owner, table, mode);
        if (blocking.some((blocker) => waitsFor(blocker, owner))) {
          throw refusal(owner, table, blocking, 'its transaction and that one wait for each other (a deadlock)');
        }
        if (arrives && [...waiters].filter((waiter) => waiter.table === table).length >= MOST_WAITERS) {
          const reason = `the number of waiters for this lock exceeds the ${MOST_WAITERS} statements limit`;
          throw refusal(owner, table, blocking, reason);
        }
        const left = deadline - performance.now();
        if (left <= 0) {
          const seconds = Math.round(timeoutMs / 1000);
          throw refusal(owner, table, blocking, `it waited for LOCK_TIMEOUT, ${seconds} second(s)`);
        }
        const detached = blocking.find((blocker) => isDetached(blocker, abandonAfterMs));
        if (detached) await detached.abandon();
        else await wait({ owner, table, mode }, Math.min(left, nextDetached(blocking, abandonAfterMs)), signal);
      }
    },
    release(owner, changed) {
      if (changed) clock++;
      for (const [table, owners] of held) {
        if (!owners.delete(owner)) continue;
        if (changed) commits.set(table, clock);
        if (owners.size === 0) held.delete(table);
      }
      for (const waiter of waiters) waiter.wake();
    },
    lines: () => [
      ...[...held].flatMap(([table, owners]) =>
        [...owners].map(([owner, { queryId, acquiredAt }]) => {
          return { table, owner, status: 'HOLDING', acquiredAt, queryId } as const;
        }),
      ),
      ...[...waiters].map(({ table, owner }) => {
        return { table, owner, status: 'WAITING', acquiredAt: undefined, queryId: owner.queryId } as const;
      }),
    ],
  };

  function wait(who: Omit<Waiter, 'wake'>, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        waiters.delete(waiter);
        done();
      };
      const wake = settle(resolve);
      const abort = settle(() => reject(signal.reason));
      const waiter: Waiter = { ...who, wake };
      const timer = setTimeout(wake, ms);
      waiters.add(waiter);
      if (signal.aborted) abort();
      else signal.addEventListener('abort', abort, { once: true });
    });
  }
}

function isDetached(owner: LockOwner, abandonAfterMs: number): boolean {
  const since = owner.idleSince();
  return since !== undefined && performance.now() - since >= abandonAfterMs;
}

function nextDetached(owners: readonly LockOwner[], abandonAfterMs: number): number {
  const times = owners.map((owner) => (owner.idleSince() ?? performance.now()) + abandonAfterMs - performance.now());
  return Math.max(1, Math.min(...times));
}
