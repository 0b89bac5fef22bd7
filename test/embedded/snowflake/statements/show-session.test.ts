import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../../helpers/eventually.ts';
import { type Client, connectReady } from '../driver.ts';

describe('what sessions are doing', () => {
  let warehouse: Warehouse;
  let first: Client;
  let second: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
  });
  beforeEach(async () => {
    first = await connectReady(warehouse);
    second = await connectReady(warehouse);
    await first.run('CREATE OR REPLACE TABLE P (ID INTEGER, NEXT INTEGER)');
    await first.run('INSERT INTO P VALUES (1, 0)');
  });
  afterAll(() => warehouse.close());

  const currentTransaction = async (client: Client) =>
    (await client.run('SELECT CURRENT_TRANSACTION() AS T'))[0]?.T as string | null;

  test('SHOW TRANSACTIONS lists the open ones of all sessions, with their names', async () => {
    expect(await first.run('SHOW TRANSACTIONS')).toEqual([]);
    await first.run('BEGIN NAME NIGHTLY');
    await second.run('START TRANSACTION');
    const id = await currentTransaction(first);
    const rows = await second.run('SHOW TRANSACTIONS');
    expect(rows).toHaveLength(2);
    const [session] = await first.run('SELECT CURRENT_SESSION() AS S');
    expect(rows[0]).toMatchObject({ user: 'CAVES', name: 'NIGHTLY', state: 'running', scope: 0 });
    expect(String(rows[0]?.session)).toBe(session?.S);
    expect(BigInt(id as string) / 1_000_000n).toBe(BigInt(Number(rows[0]?.started_on)));
    await first.run('ROLLBACK');
    await second.run('COMMIT WORK');
    expect(await first.run('SHOW TRANSACTIONS')).toEqual([]);
    expect(await currentTransaction(first)).toBeNull();
  });

  test('SHOW LOCKS lists who holds a lock and who waits for it', async () => {
    await first.run('BEGIN');
    const { statement } = await first.execute('UPDATE P SET NEXT = 1');
    const waiting = second.run('UPDATE P SET NEXT = 2');
    await eventually(async () => expect(await first.run('SHOW LOCKS')).toHaveLength(2));
    const [held, wanted] = await first.run('SHOW LOCKS');
    expect(held).toMatchObject({
      resource: 'WINE_SALES_DB.RAW_DATA.P',
      type: 'PARTITIONS',
      status: 'HOLDING',
      query_id: statement.getQueryId(),
    });
    expect(wanted).toMatchObject({ status: 'WAITING', acquired_on: null });
    await first.run('COMMIT');
    await waiting;
    expect(await first.run('SHOW LOCKS')).toEqual([]);
  });

  test('SYSTEM$ABORT_TRANSACTION rolls an idle transaction of another session back', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 1');
    const id = await currentTransaction(first);
    expect(await second.run(`SELECT SYSTEM$ABORT_TRANSACTION(${id}) AS S`)).toEqual([
      { S: `Aborted transaction id: ${id}` },
    ]);
    await second.run('UPDATE P SET NEXT = 5');
    expect(await first.errorOf('UPDATE P SET NEXT = 2')).toMatchObject({
      code: '000615',
      message: expect.stringContaining(`Transaction '${id}' was aborted, SQL execution canceled`),
    });
    await first.run('ROLLBACK');
    expect(await first.run('SELECT NEXT FROM P')).toEqual([{ NEXT: 5 }]);
    expect(await second.run(`SELECT SYSTEM$ABORT_TRANSACTION(${id}) AS S`)).toEqual([
      { S: `Transaction ${id} is not running.` },
    ]);
  });

  test('SYSTEM$ABORT_TRANSACTION ends a statement that waits for a lock, and its transaction', async () => {
    await second.run('BEGIN');
    await second.run('INSERT INTO P VALUES (2, 0)');
    const id = await currentTransaction(second);
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 1');
    const failing = second.errorOf('UPDATE P SET NEXT = 2');
    await eventually(async () => expect(await first.run('SHOW LOCKS')).toHaveLength(3));
    await first.run(`SELECT SYSTEM$ABORT_TRANSACTION('${id}')`);
    expect(await failing).toMatchObject({ code: '000615' });
    await first.run('COMMIT');
    await second.run('ROLLBACK');
    expect(await second.run('SELECT ID, NEXT FROM P')).toEqual([{ ID: 1, NEXT: 1 }]);
  });

  test('SYSTEM$ABORT_SESSION ends a session of the same user, and what it has under way', async () => {
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 1');
    const [session] = await first.run('SELECT CURRENT_SESSION() AS S');
    expect(await second.run(`SELECT SYSTEM$ABORT_SESSION(${session?.S}) AS S`)).toEqual([
      { S: `session [${session?.S}] terminated.` },
    ]);
    expect(await second.run('SHOW TRANSACTIONS')).toEqual([]);
    expect(await first.errorOf('COMMIT')).toMatchObject({ code: 407002 });
    await second.run('UPDATE P SET NEXT = 5');
    expect(await second.run(`SELECT SYSTEM$ABORT_SESSION(${session?.S}) AS S`)).toEqual([
      { S: `session [${session?.S}] is not open.` },
    ]);
  });

  test('DESCRIBE TRANSACTION tells how a transaction ended, also of another session', async () => {
    await first.run('BEGIN NAME NIGHTLY');
    const id = await currentTransaction(first);
    const described = async (client: Client) => (await client.run(`DESC TRANSACTION ${id}`))[0];
    expect(await described(second)).toMatchObject({ user: 'CAVES', name: 'NIGHTLY', state: 'running', ended_on: null });
    await first.run('COMMIT');
    expect(await described(second)).toMatchObject({ name: 'NIGHTLY', state: 'committed', ended_on: expect.any(Date) });
    expect(await first.run('SELECT LAST_TRANSACTION() AS T')).toEqual([{ T: id }]);
    expect(await second.run('SELECT LAST_TRANSACTION() AS T')).toEqual([{ T: null }]);
    expect(await first.errorOf('DESC TRANSACTION 17')).toMatchObject({ code: '002003', sqlState: '02000' });
  });

  test('another user sees and ends nothing of it, unless as ACCOUNTADMIN', async () => {
    await first.run("CREATE USER LOADER PASSWORD = 'secret'");
    const other = await connectReady(warehouse, { username: 'loader', password: 'secret' });
    await first.run('BEGIN');
    await first.run('UPDATE P SET NEXT = 1');
    const id = await currentTransaction(first);
    const [session] = await first.run('SELECT CURRENT_SESSION() AS S');
    for (const what of ['TRANSACTIONS', 'LOCKS', 'TRANSACTIONS IN ACCOUNT', 'LOCKS IN ACCOUNT']) {
      expect(await other.run(`SHOW ${what}`), what).toEqual([]);
    }
    for (const end of [`SYSTEM$ABORT_TRANSACTION(${id})`, `SYSTEM$ABORT_SESSION(${session?.S})`]) {
      expect(await other.errorOf(`SELECT ${end}`)).toMatchObject({ code: '003001', sqlState: '42501' });
    }
    expect(await other.errorOf(`DESC TRANSACTION ${id}`)).toMatchObject({ code: '002003' });
    await other.run('USE ROLE ACCOUNTADMIN');
    expect(await other.run('SHOW TRANSACTIONS IN ACCOUNT')).toMatchObject([{ user: 'CAVES' }]);
    expect((await other.run('SHOW LOCKS IN ACCOUNT')).map((line) => String(line['session']))).toEqual([session?.S]);
    await other.run(`SELECT SYSTEM$ABORT_TRANSACTION(${id})`);
    await first.run('ROLLBACK');
    expect(await first.run('SELECT NEXT FROM P')).toEqual([{ NEXT: 0 }]);
  });

  test('a statement can be cancelled from another session, by its id, with all of its session or of its user', async () => {
    const [session] = await first.run('SELECT CURRENT_SESSION() AS S');
    for (const cancel of [
      (id: string) => `SELECT SYSTEM$CANCEL_QUERY('${id}') AS S`,
      () => `SELECT SYSTEM$CANCEL_ALL_QUERIES(${session?.S}) AS S`,
      () => 'ALTER USER CAVES ABORT ALL QUERIES',
    ]) {
      const { statement } = await first.execute('CALL SYSTEM$WAIT(60)', { asyncExec: true });
      const id = statement.getQueryId();
      await eventually(() => expect(warehouse.hooks.statements.at(-1)).toBe('CALL SYSTEM$WAIT(60)'));
      const [row] = await second.run(cancel(id));
      expect(row?.S ?? row?.status).toMatch(
        /^query \[.*\] terminated\.$|^1 cancelled\.$|^Statement executed successfully\.$/,
      );
      await eventually(async () => expect(await second.connection.getQueryStatus(id)).toBe('ABORTED'));
    }
    const done = (await first.execute('SELECT 1')).statement.getQueryId();
    expect(await second.run(`SELECT SYSTEM$CANCEL_QUERY('${done}') AS S`)).toEqual([
      { S: 'Identified SQL statement is not currently executing.' },
    ]);
    expect(await first.run(`SELECT SYSTEM$CANCEL_ALL_QUERIES(${session?.S}) AS S`)).toEqual([{ S: '0 cancelled.' }]);
  });

  test.each([
    'SHOW LOCKS IN TABLE P',
    'SHOW TRANSACTIONS NOW',
    'SHOW PARAMETERS IN WAREHOUSE W',
    'SHOW VARIABLES IN A',
    'DESC TRANSACTION NIGHTLY',
  ])('%s is refused by name', async (sql) => {
    expect(await first.errorOf(sql)).toMatchObject({ code: '000002' });
  });
});
