import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Client, connectReady } from './driver.ts';

describe('transactions', () => {
  let warehouse: Warehouse;
  let first: Client;
  let second: Client;

  beforeEach(async () => {
    warehouse = await startWarehouse({ abandonAfterMs: 60_000 });
    first = await connectReady(warehouse);
    second = await connectReady(warehouse);
    await first.run('CREATE TABLE P (ID INTEGER, NEXT INTEGER, NAME VARCHAR(5))');
    await first.run("INSERT INTO P VALUES (0, 0, 'a'), (1, 0, 'b')");
  });

  afterEach(async () => {
    await warehouse.close();
  });

  const next = (client: Client, id = 0) => client.run(`SELECT NEXT FROM P WHERE ID = ${id}`);

  test('are seen by others only after the commit', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0');
    expect(await next(second)).toEqual([{ NEXT: 0 }]);
    expect(await next(first)).toEqual([{ NEXT: 5 }]);
    await first.run('COMMIT');
    expect(await next(second)).toEqual([{ NEXT: 5 }]);
  });

  test('see what others commit between two reads', async () => {
    await first.run('BEGIN');
    expect(await next(first)).toEqual([{ NEXT: 0 }]);
    await second.run('UPDATE P SET NEXT = 7 WHERE ID = 0');
    expect(await next(first)).toEqual([{ NEXT: 7 }]);
    await first.run('COMMIT');
  });

  test('stay open, with all they did, when a statement fails', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0');
    expect(await first.errorOf("INSERT INTO P VALUES (2, 0, 'too long')")).toMatchObject({ code: '100078' });
    expect(await first.errorOf('SELECT NOSUCH FROM P')).toMatchObject({ code: '000904' });
    expect(await next(first)).toEqual([{ NEXT: 5 }]);
    expect(await next(second)).toEqual([{ NEXT: 0 }]);
    await first.run("INSERT INTO P VALUES (2, 9, 'fits')");
    await first.run('COMMIT');
    expect(await second.run('SELECT ID, NEXT FROM P ORDER BY ID')).toEqual([
      { ID: 0, NEXT: 5 },
      { ID: 1, NEXT: 0 },
      { ID: 2, NEXT: 9 },
    ]);
  });

  test('are rolled back by ROLLBACK and by the end of the session', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5');
    await first.run('ROLLBACK');
    await first.run('BEGIN TRANSACTION');
    await first.run('UPDATE P SET NEXT = 6');
    await first.destroy();
    expect(await next(second)).toEqual([{ NEXT: 0 }]);
    await second.run('UPDATE P SET NEXT = 1');
  });

  test('are committed by DDL', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0');
    await first.run('CREATE TABLE OTHER (A INT)');
    await first.run('ROLLBACK');
    expect(await next(second)).toEqual([{ NEXT: 5 }]);
  });

  test('wait for an update of the same table, and then compare with what it committed', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0 AND NEXT = 0');
    let done = false;
    const waiting = second.execute('UPDATE P SET NEXT = 9 WHERE ID = 0 AND NEXT = 0').finally(() => {
      done = true;
    });
    await eventually(() => expect(warehouse.hooks.statements.at(-1)).toContain('NEXT = 9'));
    expect(await next(first)).toEqual([{ NEXT: 5 }]);
    expect(done).toBe(false);
    await first.run('COMMIT');
    expect((await waiting).statement.getNumUpdatedRows()).toBe(0);
    expect(await next(second)).toEqual([{ NEXT: 5 }]);
  });

  test('see a commit that they waited for also after own changes to another table', async () => {
    await second.run('CREATE TABLE LOG (A INT)');
    await second.run('BEGIN');
    await second.run('INSERT INTO LOG VALUES (1)');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0');
    const { statement } = await second.execute('UPDATE P SET NEXT = 6 WHERE ID = 0 AND NEXT = 5');
    await second.run('COMMIT');
    expect(statement.getNumUpdatedRows()).toBe(1);
    expect(await first.run('SELECT COUNT(*) AS N FROM LOG')).toEqual([{ N: 1 }]);
  });

  test('find a table that was made after their first change', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0');
    await second.run('CREATE TABLE LATER (A INT)');
    await first.run('INSERT INTO LATER VALUES (1)');
    await first.run('COMMIT');
    expect(await second.run('SELECT A, NEXT FROM LATER, P WHERE ID = 0')).toEqual([{ A: 1, NEXT: 5 }]);
  });

  test('give up waiting after LOCK_TIMEOUT', async () => {
    await first.run('BEGIN');
    const { statement } = await first.execute('UPDATE P SET NEXT = 5 WHERE ID = 0');
    const [row] = await first.run('SELECT CURRENT_TRANSACTION() AS T');
    await second.run('ALTER SESSION SET LOCK_TIMEOUT = 0');
    const error = await second.errorOf('UPDATE P SET NEXT = 9 WHERE ID = 1');
    expect(error).toMatchObject({ code: '000625', sqlState: '57014' });
    const { queryId } = error.data as unknown as { queryId: string };
    expect(error.message).toBe(
      `Statement '${statement.getQueryId()}' has locked table 'P' in transaction ${row?.T} and this lock has not yet ` +
        `been released.\nYour statement '${queryId}' was aborted because it waited for LOCK_TIMEOUT, 0 second(s).`,
    );
    await first.run('COMMIT');
    await second.run('UPDATE P SET NEXT = 9 WHERE ID = 1');
  });

  test('give up waiting after STATEMENT_TIMEOUT_IN_SECONDS as well', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5');
    const parameters = { STATEMENT_TIMEOUT_IN_SECONDS: 1 };
    await expect(second.execute('UPDATE P SET NEXT = 9', { parameters })).rejects.toMatchObject({ code: '000630' });
    await first.run('COMMIT');
    await second.run('UPDATE P SET NEXT = 9');
  });

  test('can be cancelled while they wait, and do not hold up the end of the warehouse', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 5 WHERE ID = 0');
    const code = new Promise((resolve) => {
      const complete = (error: { code?: unknown } | undefined) => resolve(error?.code);
      const statement = second.connection.execute({ sqlText: 'UPDATE P SET NEXT = 9', complete });
      eventually(() => expect(warehouse.hooks.statements.at(-1)).toContain('NEXT = 9')).then(() =>
        statement.cancel(() => {}),
      );
    });
    expect(await code).toBe('000604');
    await first.run('COMMIT');
    await second.run('UPDATE P SET NEXT = 9');

    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 6');
    second.run('UPDATE P SET NEXT = 7').catch(() => undefined);
    await eventually(() => expect(warehouse.hooks.statements.at(-1)).toContain('NEXT = 7'));
    await warehouse.close();
  });

  test('do not wait for each other in a circle', async () => {
    await first.run('CREATE TABLE Q (A INT)');
    await first.run('INSERT INTO Q VALUES (1)');
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 1');
    await second.run('BEGIN');
    await second.run('UPDATE Q SET A = 2');
    const waiting = first.run('UPDATE Q SET A = 3');
    await eventually(() => expect(warehouse.hooks.statements.at(-1)).toContain('A = 3'));
    expect(await second.errorOf('UPDATE P SET NEXT = 2')).toMatchObject({ code: '000625' });
    await second.run('ROLLBACK');
    await waiting;
    await first.run('COMMIT');
    expect(await second.run('SELECT A, NEXT FROM Q, P WHERE ID = 0')).toEqual([{ A: 3, NEXT: 1 }]);
  });

  test('let twenty statements wait for one lock, and refuse the next', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 1');
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectReady(warehouse)));
    const waiting = clients.map((client) => client.run('UPDATE P SET NEXT = NEXT + 1'));
    await eventually(async () => expect(await first.run('SHOW LOCKS')).toHaveLength(21));
    expect(await second.errorOf('UPDATE P SET NEXT = 0')).toMatchObject({
      code: '000625',
      message: expect.stringContaining('the number of waiters for this lock exceeds the 20 statements limit'),
    });
    await first.run('COMMIT');
    await Promise.all(waiting);
    expect(await next(first)).toEqual([{ NEXT: 21 }]);
  });

  describe('with AUTOCOMMIT off', () => {
    const current = async () => (await first.run('SELECT CURRENT_TRANSACTION() AS T'))[0]?.T;

    beforeEach(async () => {
      await first.run('ALTER SESSION SET AUTOCOMMIT = FALSE');
    });

    test('begin with the first statement that changes rows, and end with COMMIT or ROLLBACK', async () => {
      await first.run('SELECT * FROM P');
      expect(await current()).toBeNull();
      await first.run('UPDATE P SET NEXT = 5');
      expect(await current()).not.toBeNull();
      expect(await next(second)).toEqual([{ NEXT: 0 }]);
      await first.run('ROLLBACK');
      expect(await next(first)).toEqual([{ NEXT: 0 }]);
      await first.run('UPDATE P SET NEXT = 6');
      await first.run('COMMIT');
      expect(await next(second)).toEqual([{ NEXT: 6 }]);
      expect(await current()).toBeNull();
    });

    test('are committed by DDL, which never waits for a COMMIT', async () => {
      await first.run('UPDATE P SET NEXT = 5');
      await first.run('CREATE TABLE MADE (A INT)');
      await first.run('ROLLBACK');
      expect(await next(second)).toEqual([{ NEXT: 5 }]);
      expect(await second.run('SELECT COUNT(*) AS N FROM MADE')).toEqual([{ N: 0 }]);
    });

    test('are committed when AUTOCOMMIT is switched on, and not when it is set to what it is', async () => {
      await first.run('UPDATE P SET NEXT = 5');
      await first.run('ALTER SESSION SET AUTOCOMMIT = FALSE');
      expect(await next(second)).toEqual([{ NEXT: 0 }]);
      await first.run('ALTER SESSION SET AUTOCOMMIT = TRUE');
      expect(await next(second)).toEqual([{ NEXT: 5 }]);
      await first.run('UPDATE P SET NEXT = 7');
      expect(await next(second)).toEqual([{ NEXT: 7 }]);
    });

    test('are rolled back with the session', async () => {
      await first.run('UPDATE P SET NEXT = 5');
      await first.destroy();
      expect(await next(second)).toEqual([{ NEXT: 0 }]);
    });
  });

  test('do not nest: a second BEGIN changes nothing', async () => {
    await first.run('BEGIN NAME OUTER_ONE');
    await first.run('UPDATE P SET NEXT = 5');
    await first.run('BEGIN');
    expect((await second.run('SHOW TRANSACTIONS')).map(({ name }) => name)).toEqual(['OUTER_ONE']);
    await first.run('ROLLBACK');
    expect(await next(first)).toEqual([{ NEXT: 0 }]);
    await first.run('ROLLBACK');
    await first.run('COMMIT');
  });

  test('insert into one table at the same time', async () => {
    await first.run('BEGIN');
    await second.run('BEGIN');
    await first.run("INSERT INTO P VALUES (10, 0, 'x')");
    await second.run("INSERT INTO P VALUES (11, 0, 'y')");
    await first.run('COMMIT');
    await second.run('COMMIT');
    expect(await first.run('SELECT COUNT(*) AS N FROM P')).toEqual([{ N: 4 }]);
  });

  test('of a client that is gone are rolled back when somebody has waited long enough', async () => {
    const impatient = await startWarehouse({ abandonAfterMs: 50 });
    const gone = await connectReady(impatient);
    const heir = await connectReady(impatient);
    await gone.run('CREATE TABLE P (NEXT INTEGER)');
    await gone.run('INSERT INTO P VALUES (0)');
    await gone.run('BEGIN');
    await gone.run('UPDATE P SET NEXT = 5');
    const { statement } = await heir.execute('UPDATE P SET NEXT = 1 WHERE NEXT = 0');
    expect(statement.getNumUpdatedRows()).toBe(1);
    expect(await gone.errorOf('COMMIT')).toMatchObject({ code: '000615', sqlState: '57014' });
    expect(await gone.run('SELECT NEXT FROM P')).toEqual([{ NEXT: 1 }]);
    await impatient.close();
  });

  test.each(['COMMIT', 'SELECT 1'])('are not idle while a slow %s runs', async (sql) => {
    await using impatient = await startWarehouse({ abandonAfterMs: 50 });
    const busy = await connectReady(impatient);
    const heir = await connectReady(impatient);
    await busy.run('CREATE TABLE P (NEXT INTEGER)');
    await busy.run('INSERT INTO P VALUES (0)');
    await busy.run('BEGIN');
    await busy.run('UPDATE P SET NEXT = 5');
    impatient.hooks.slowStatement(new RegExp(`^${sql}$`), 400);
    const running = busy.runAll('SELECT 1; COMMIT', 2);
    await eventually(() => impatient.hooks.statements.includes(sql));
    await heir.run('UPDATE P SET NEXT = NEXT + 1');
    await running;
    expect(await busy.run('SELECT NEXT FROM P')).toEqual([{ NEXT: 6 }]);
  });
});
