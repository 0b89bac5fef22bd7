import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createLockTable,
  type LockMode,
  type LockOwner,
  type LockTable,
} from '../../../../src/embedded/snowflake/engine/locks.ts';

const never = new AbortController().signal;

function ownerOf(name: string, more: Partial<LockOwner> = {}): LockOwner {
  return {
    sessionId: name,
    transaction: { id: `transaction of ${name}`, startedAt: new Date(0) },
    queryId: `statement of ${name}`,
    idleSince: () => undefined,
    abandon: async () => undefined,
    ...more,
  };
}

/** Whether a lock is there at once; the attempt to get it is given up. */
async function isFree(locks: LockTable, owner: LockOwner, table: string, mode: LockMode): Promise<boolean> {
  return locks.acquire(owner, table, mode, 0, never).then(
    () => true,
    () => false,
  );
}

describe('table locks', () => {
  const [a, b] = [ownerOf('a'), ownerOf('b')];

  test.each([
    ['insert', 'insert', true],
    ['insert', 'change', true],
    ['insert', 'schema', false],
    ['change', 'insert', true],
    ['change', 'change', false],
    ['change', 'schema', false],
    ['schema', 'insert', false],
    ['schema', 'change', false],
    ['schema', 'schema', false],
  ] as const)('while one holds %s, another one’s %s is free: %s', async (held, wanted, free) => {
    const locks = createLockTable();
    await locks.acquire(a, 'T', held, 0, never);
    expect(await isFree(locks, a, 'T', held)).toBe(true);
    expect(await isFree(locks, b, 'ANOTHER', wanted)).toBe(true);
    expect(await isFree(locks, b, 'T', wanted)).toBe(free);
    locks.release(a, false);
    expect(await isFree(locks, b, 'T', wanted)).toBe(true);
  });

  test('are given to who waits when they are released', async () => {
    const locks = createLockTable();
    await locks.acquire(a, 'T', 'change', 0, never);
    const waiting = locks.acquire(b, 'T', 'change', 60_000, never);
    expect(locks.lines().map(({ owner, status }) => [owner, status])).toEqual([
      [a, 'HOLDING'],
      [b, 'WAITING'],
    ]);
    locks.release(a, true);
    await waiting;
    expect(locks.lines().map(({ owner, status }) => [owner, status])).toEqual([[b, 'HOLDING']]);
  });

  test('tell when a table was changed last', async () => {
    const locks = createLockTable();
    await locks.acquire(a, 'T', 'insert', 0, never);
    locks.release(a, true);
    await locks.acquire(a, 'U', 'insert', 0, never);
    locks.release(a, false);
    expect([locks.clock, locks.lastCommit('T'), locks.lastCommit('U')]).toEqual([1, 1, 0]);
  });

  test('end a wait with the reason of the signal', async () => {
    const locks = createLockTable();
    await locks.acquire(a, 'T', 'schema', 0, never);
    const cancel = new AbortController();
    const waiting = locks.acquire(b, 'T', 'insert', 60_000, cancel.signal);
    cancel.abort(new Error('canceled'));
    await expect(waiting).rejects.toThrow('canceled');
    expect(locks.lines()).toHaveLength(1);
  });

  test('refuse the wait that would close a circle of three', async () => {
    const locks = createLockTable();
    const c = ownerOf('c');
    for (const [owner, table] of [[a, 'A'] as const, [b, 'B'] as const, [c, 'C'] as const]) {
      await locks.acquire(owner, table, 'change', 0, never);
    }
    const first = locks.acquire(a, 'B', 'change', 60_000, never);
    const second = locks.acquire(b, 'C', 'change', 60_000, never);
    await expect(locks.acquire(c, 'A', 'change', 60_000, never)).rejects.toMatchObject({
      code: '000625',
      message: expect.stringContaining("'statement of a' has locked table 'A' in transaction transaction of a"),
    });
    locks.release(c, false);
    await second;
    locks.release(b, false);
    await first;
  });

  test('take an idle holder’s locks away when it has been idle for long enough', async () => {
    const locks = createLockTable(0);
    const detached = ownerOf('detached', {
      idleSince: () => performance.now(),
      async abandon() {
        locks.release(detached, false);
      },
    });
    await locks.acquire(detached, 'T', 'change', 0, never);
    await locks.acquire(a, 'T', 'change', 60_000, never);
    expect(locks.lines().map(({ owner }) => owner)).toEqual([a]);
  });

  test('never let two hold what excludes each other, whatever is asked and released in whatever order', async () => {
    const step = fc.record({
      owner: fc.integer({ min: 0, max: 3 }),
      table: fc.constantFrom('T', 'U'),
      mode: fc.constantFrom<LockMode>('insert', 'change', 'schema'),
      release: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const locks = createLockTable();
        const owners = [0, 1, 2, 3].map((n) => ownerOf(String(n)));
        const held: { owner: LockOwner; table: string; mode: LockMode }[] = [];
        for (const { owner: index, table, mode, release } of steps) {
          const owner = owners[index] as LockOwner;
          if (release) {
            locks.release(owner, true);
            for (let n = held.length - 1; n >= 0; n--) if (held[n]?.owner === owner) held.splice(n, 1);
            continue;
          }
          const excluded = held.some(
            (other) => other.owner !== owner && other.table === table && mode !== 'insert' && other.mode !== 'insert',
          );
          const schema = held.some(
            (other) => other.owner !== owner && other.table === table && (mode === 'schema' || other.mode === 'schema'),
          );
          const got = await isFree(locks, owner, table, mode);
          expect(got).toBe(!excluded && !schema);
          if (got) held.push({ owner, table, mode });
        }
      }),
    );
  });
});
