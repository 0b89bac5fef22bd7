/**
 * Table locks with Snowflake's manners: an UPDATE, DELETE or MERGE waits while another transaction has changed rows of
 * the table; INSERTs wait for nobody but DDL. DuckDB would fail such a statement at once.
 *
 * A cycle of waiters is found when it would close: the last one to come gets 000625. A holder that has been idle for
 * five minutes while somebody waits is rolled back, as Snowflake does with detached transactions.
 */
import { SnowflakeError } from '../errors.ts';

/** `change`: UPDATE, DELETE, MERGE. `schema`: DDL, TRUNCATE. */
export type LockMode = 'insert' | 'change' | 'schema';

export interface LockOwner {
  readonly name: string;
  /** Since when it has run no statement; undefined while one runs. */
  idleSince(): number | undefined;
  /** Ends its transaction and gives its locks back. */
  abandon(): Promise<void>;
}

interface Waiter {
  readonly owner: LockOwner;
  readonly table: string;
  readonly mode: LockMode;
  wake(): void;
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
}

const COMPATIBLE: Readonly<Record<LockMode, readonly LockMode[]>> = {
  insert: ['insert', 'change'],
  change: ['insert'],
  schema: [],
};

export function createLockTable(abandonAfterMs = 300_000): LockTable {
  const held = new Map<string, Map<LockOwner, Set<LockMode>>>();
  const commits = new Map<string, number>();
  const waiters = new Set<Waiter>();
  let clock = 0;

  const blockers = (owner: LockOwner, table: string, mode: LockMode): LockOwner[] =>
    [...(held.get(table) ?? [])]
      .filter(([holder, modes]) => holder !== owner && [...modes].some((other) => !COMPATIBLE[mode].includes(other)))
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
    const owners = held.get(table) ?? new Map<LockOwner, Set<LockMode>>();
    held.set(table, owners);
    owners.set(owner, (owners.get(owner) ?? new Set<LockMode>()).add(mode));
  };

  return {
    get clock() {
      return clock;
    },
    lastCommit: (table) => commits.get(table) ?? 0,
    async acquire(owner, table, mode, timeoutMs, signal) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        const blocking = blockers(owner, table, mode);
        if (blocking.length === 0) return take(owner, table, mode);
        if (blocking.some((blocker) => waitsFor(blocker, owner))) throw lockTimeout(table, blocking, 'a deadlock');
        const left = deadline - performance.now();
        if (left <= 0) throw lockTimeout(table, blocking, 'LOCK_TIMEOUT');
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

function lockTimeout(table: string, blocking: readonly LockOwner[], reason: string): SnowflakeError {
  return new SnowflakeError(
    'lockTimeout',
    `Statement was aborted because of ${reason}: ${blocking.map((owner) => owner.name).join(', ')} has locked table ${table} ` +
      'in a transaction and has not yet released the lock.',
  );
}
