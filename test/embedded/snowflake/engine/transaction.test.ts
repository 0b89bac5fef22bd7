import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Engine, openEngine } from '../../../../src/embedded/snowflake/engine/duckdb.ts';
import { createLockTable } from '../../../../src/embedded/snowflake/engine/locks.ts';
import { createTransaction, type Transaction } from '../../../../src/embedded/snowflake/engine/transaction.ts';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { type Client, connectReady } from '../driver.ts';

type Step = 'begin' | 'commit' | 'rollback' | 'add' | 'insert' | 'fail' | 'abort' | 'read';

describe('transactions of several sessions', () => {
  const SESSIONS = 3;
  let warehouse: Warehouse;
  let clients: Client[];

  beforeAll(async () => {
    warehouse = await startWarehouse();
    clients = await Promise.all(Array.from({ length: SESSIONS }, () => connectReady(warehouse)));
    for (const client of clients) await client.run('ALTER SESSION SET LOCK_TIMEOUT = 0');
  });
  afterAll(() => warehouse.close());

  const run = async (client: Client, sql: string): Promise<'done' | string> =>
    client.run(sql).then(
      () => 'done',
      (error) => String(error.code),
    );

  /**
   * Every addition to the counter comes with a row that says so, in the same transaction or in none: whatever happens in
   * whatever order, the counter is the number of the rows, and a session that is in a transaction sees its own.
   */
  test('lose no update, do none twice and leave none halfway, in any order', async () => {
    const [observer] = clients as [Client];
    const step = fc.record({
      session: fc.nat(SESSIONS - 1),
      what: fc.constantFrom<Step>('begin', 'commit', 'rollback', 'add', 'add', 'insert', 'fail', 'abort', 'read'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        for (const client of clients) await client.run('ROLLBACK');
        await observer.run('CREATE OR REPLACE TABLE COUNTER (N INT)');
        await observer.run('INSERT INTO COUNTER VALUES (0)');
        await observer.run('CREATE OR REPLACE TABLE ADDED (WHO INT)');
        for (const { session, what } of steps) {
          const client = clients[session] as Client;
          const open = await isOpen(client);
          if (what === 'begin') await client.run('BEGIN');
          else if (what === 'commit') expect(['done', '000615']).toContain(await run(client, 'COMMIT'));
          else if (what === 'rollback') await client.run('ROLLBACK');
          else if (what === 'fail')
            expect(await run(client, "UPDATE COUNTER SET N = 'x'")).toMatch(/^(100038|000625|000615)$/);
          else if (what === 'insert') await run(client, 'INSERT INTO ADDED SELECT 0 WHERE FALSE');
          else if (what === 'abort') await abortOther(session);
          else if (what === 'read') await run(client, 'SELECT N FROM COUNTER');
          else await add(client, session, open);
        }
        for (const client of clients) await run(client, 'COMMIT');
        const [row] = await observer.run(
          'SELECT (SELECT N FROM COUNTER) AS N, (SELECT COUNT(*) FROM ADDED) AS ROWS_ADDED',
        );
        expect(row?.N).toBe(row?.ROWS_ADDED);
      }),
      { numRuns: 10 },
    );
  });

  test('lose no update when they run at the same time and wait for each other', async () => {
    const [observer] = clients as [Client];
    for (const client of clients) await client.run('ROLLBACK');
    await observer.run('CREATE OR REPLACE TABLE COUNTER (N INT)');
    await observer.run('INSERT INTO COUNTER VALUES (0)');
    await observer.run('CREATE OR REPLACE TABLE ADDED (WHO INT)');
    await Promise.all(
      clients.map(async (client, session) => {
        await client.run('ALTER SESSION SET LOCK_TIMEOUT = 60');
        for (let round = 0; round < 15; round++) {
          await client.run('BEGIN');
          // Half of them take the two tables in the other order: INSERT waits for nobody, so that is no deadlock.
          const statements = [`INSERT INTO ADDED VALUES (${session})`, 'UPDATE COUNTER SET N = N + 1'];
          for (const sql of round % 2 === 0 ? statements : statements.reverse()) await client.run(sql);
          await client.run(round % 5 === session ? 'ROLLBACK' : 'COMMIT');
        }
        await client.run('ALTER SESSION SET LOCK_TIMEOUT = 0');
      }),
    );
    expect(await observer.run('SELECT N, (SELECT COUNT(*) FROM ADDED) AS ROWS_ADDED FROM COUNTER')).toEqual([
      { N: SESSIONS * 12, ROWS_ADDED: SESSIONS * 12 },
    ]);
  });

  /** Whether it is in a transaction. One that was ended from outside has to be left by a ROLLBACK. */
  async function isOpen(client: Client): Promise<boolean> {
    const rows = await client.run('SELECT CURRENT_TRANSACTION() AS T').catch(() => undefined);
    if (rows) return rows[0]?.T !== null;
    await client.run('ROLLBACK');
    return false;
  }

  /** Adds one, with its row; without a transaction around it in one of its own. */
  async function add(client: Client, session: number, open: boolean): Promise<void> {
    if (!open) await client.run('BEGIN');
    const added = await run(client, 'UPDATE COUNTER SET N = N + 1');
    expect(added).toMatch(/^(done|000625)$/);
    if (added === 'done') expect(await run(client, `INSERT INTO ADDED VALUES (${session})`)).toBe('done');
    if (!open) expect(await run(client, 'COMMIT')).toMatch(/^(done|000625)$/);
  }

  /** Another session's open transaction is ended from outside. */
  async function abortOther(session: number): Promise<void> {
    const client = clients[(session + 1) % SESSIONS] as Client;
    if (!(await isOpen(client))) return;
    const [row] = await client.run('SELECT CURRENT_TRANSACTION() AS T');
    await (clients[session] as Client).run(`SELECT SYSTEM$ABORT_TRANSACTION('${row?.T}')`);
  }
});

describe('a transaction on a new DuckDB transaction', () => {
  const lock = { table: 'memory.main.t', mode: 'insert' } as const;
  const insert = { sql: 'INSERT INTO memory.main.t VALUES (1)', lock };
  const { signal } = new AbortController();

  /** On a connection that calls `before` with each statement. */
  async function open(engine: Engine, before: (sql: string) => void): Promise<Transaction> {
    const connection = await engine.connect();
    return createTransaction({
      connection: {
        run: async (...statement) => {
          before(statement[0]);
          return connection.run(...statement);
        },
        close: () => connection.close(),
      },
      locks: createLockTable(),
      sessionId: '1',
      queryId: () => 'q',
      autocommit: () => true,
      lockTimeoutMs: () => 0,
      catalogVersion: () => 1,
      idleSince: () => undefined,
    });
  }

  test.each(['INSERT', 'BEGIN'])('is rolled back and says so when its %s cannot be done again', async (word) => {
    const engine = await openEngine({ dataDir: undefined, memoryLimit: '100MB', threads: 1 });
    let full = false;
    const transaction = await open(engine, (sql) => {
      if (full && sql.startsWith(word)) throw new Error('Out of Memory Error: no room');
    });
    await transaction.run({ sql: 'CREATE TABLE memory.main.t (a INT)' }, signal);
    await transaction.begin();
    await transaction.run(insert, signal);
    full = true;
    await expect(transaction.run({ sql: 'SELECT nothing' }, signal)).rejects.toThrow(
      /could not be done again.*no room/,
    );
    full = false;
    await expect(transaction.run(insert, signal)).rejects.toMatchObject({ code: '000615' });
    await expect(transaction.commit()).rejects.toMatchObject({ code: '000615' });
    expect((await transaction.run({ sql: 'SELECT count(*)::INT AS n FROM memory.main.t' }, signal)).columns).toEqual([
      [0],
    ]);
    await transaction.close();
    await engine.close();
  });

  test('is whole when its statement is canceled while the earlier ones are done again', async () => {
    const engine = await openEngine({ dataDir: undefined, memoryLimit: '100MB', threads: 1 });
    const abort = new AbortController();
    let failed = false;
    const transaction = await open(engine, (sql) => {
      if (failed && sql.startsWith('INSERT')) abort.abort(new Error('canceled'));
    });
    await transaction.run({ sql: 'CREATE TABLE memory.main.t (a INT)' }, signal);
    await transaction.begin();
    for (let i = 0; i < 3; i++) await transaction.run(insert, signal);
    failed = true;
    await expect(transaction.run({ sql: 'SELECT nothing' }, abort.signal)).rejects.toThrow('canceled');
    await transaction.commit();
    expect((await transaction.run({ sql: 'SELECT count(*)::INT AS n FROM memory.main.t' }, signal)).columns).toEqual([
      [3],
    ]);
    await transaction.close();
    await engine.close();
  });
});

describe('a transaction that has been idle for long, when another one wants its lock', () => {
  const { signal } = new AbortController();
  const change = { sql: 'UPDATE', lock: { table: 't', mode: 'change' } } as const;
  const nothing = { names: [], types: [], columns: [], rowCount: 0, rowsChanged: 0 };

  /** Two transactions over connections that only note what they are sent; `word` of the first one waits for `done`. */
  async function open(word: 'COMMIT' | 'ROLLBACK') {
    const locks = createLockTable(0);
    const sent: string[] = [];
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const transactionOf = (name: string): Transaction =>
      createTransaction({
        connection: {
          async run(sql) {
            if (name === 'first' && sql === word) await promise;
            sent.push(`${name}: ${sql}`);
            return nothing;
          },
          close() {},
        },
        locks,
        sessionId: name,
        queryId: () => name,
        autocommit: () => true,
        lockTimeoutMs: () => 60_000,
        catalogVersion: () => 1,
        idleSince: () => (name === 'first' ? 0 : undefined),
      });
    const [first, second] = [transactionOf('first'), transactionOf('second')];
    await first.begin();
    await first.run(change, signal);
    const holders = () => locks.lines().map(({ owner, status }) => `${owner.sessionId} ${status}`);
    return { first, second, sent, done, holders };
  }

  test('keeps it until its COMMIT is done, and goes on', async () => {
    const { first, second, sent, done, holders } = await open('COMMIT');
    const committing = first.commit();
    const waiting = second.run(change, signal);
    await eventually(() => expect(holders()).toEqual(['first HOLDING', 'second WAITING']));
    done();
    await Promise.all([committing, waiting]);
    await first.run({ sql: 'SELECT' }, signal);
    expect(sent.slice(-3)).toEqual(['first: COMMIT', 'second: UPDATE', 'first: SELECT']);
  });

  test('is rolled back before its session can begin the next one, whose lock stays its own', async () => {
    const { first, second, sent, done, holders } = await open('ROLLBACK');
    await second.begin();
    const waiting = second.run(change, signal);
    await eventually(() => expect(first.current).toBeUndefined());
    const next = (async () => {
      await expect(first.commit()).rejects.toMatchObject({ code: '000615' });
      await first.begin();
      await first.run(change, signal);
    })();
    // Whatever does not wait for the ROLLBACK has happened by then.
    await nextTurn();
    done();
    await waiting;
    await second.commit();
    await next;
    expect(holders()).toEqual(['first HOLDING']);
    expect(sent.slice(2)).toEqual([
      'first: ROLLBACK',
      'second: BEGIN TRANSACTION',
      'second: UPDATE',
      'second: COMMIT',
      'first: BEGIN TRANSACTION',
      'first: UPDATE',
    ]);
  });

  test('is rolled back with a statement of several parts that it is aborted in, and its session goes on', async () => {
    const { second, sent, holders } = await open('COMMIT');
    const parts = second.together(async () => {
      await second.run({ ...change, lock: { ...change.lock, table: 'u' } }, signal);
      await second.abort();
    });
    await expect(parts).rejects.toMatchObject({ code: '000615' });
    await second.run({ sql: 'SELECT' }, signal);
    expect(holders()).toEqual(['first HOLDING']);
    expect(sent.slice(2)).toEqual([
      'second: BEGIN TRANSACTION',
      'second: UPDATE',
      'second: ROLLBACK',
      'second: SELECT',
    ]);
  });
});
