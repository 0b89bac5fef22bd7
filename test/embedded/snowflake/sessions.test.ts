import { afterEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse, type WarehouseOptions } from '../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Client, connect, connectReady, createPool } from './driver.ts';

describe('a session', () => {
  let warehouse: Warehouse;
  afterEach(() => warehouse.close());

  const start = async (options: WarehouseOptions = {}): Promise<Client> => {
    warehouse = await startWarehouse(options);
    return connectReady(warehouse);
  };

  test('is renewed by the driver when its token has expired, and nothing of it is lost', async () => {
    const client = await start({ tokenSeconds: 0.05 });
    await client.run('CREATE TABLE T (A INT)');
    await client.run('SET V = 42');
    await client.run('BEGIN');
    await client.run('INSERT INTO T VALUES ($V)');
    await eventually(async () => {
      await client.run('SELECT 1');
      expect(warehouse.hooks.requests.renew).toBeGreaterThan(2);
    });
    await client.run('COMMIT');
    expect(await client.run('SELECT A, $V AS V FROM T')).toEqual([{ A: 42, V: 42 }]);
  });

  test('is renewed for many requests at the same time, of which none is lost', async () => {
    const client = await start();
    warehouse.hooks.inject({ kind: 'query', times: 1, effect: 'expire' });
    const rows = await Promise.all([1, 2, 3, 4].map((n) => client.run(`SELECT ${n} AS N`)));
    expect(rows.flat().map(({ N }) => N)).toEqual([1, 2, 3, 4]);
    expect(warehouse.hooks.requests.renew).toBeGreaterThan(0);
  });

  test('that nobody has used for too long is ended, with its transaction', async () => {
    const gone = await start({ tokenSeconds: 0.01, masterTokenSeconds: 1.5, abandonAfterMs: 60_000 });
    await gone.run('CREATE TABLE T (A INT)');
    await gone.run('INSERT INTO T VALUES (0)');
    await gone.run('BEGIN');
    await gone.run('UPDATE T SET A = 1');
    const heir = await connectReady(warehouse);
    // Waits for the lock, and is no idle session while it does.
    await heir.run('UPDATE T SET A = 2');
    expect(await heir.run('SELECT A FROM T')).toEqual([{ A: 2 }]);
    // The driver turns 390114 into its own "connection terminated".
    expect(await gone.errorOf('SELECT 1')).toMatchObject({ code: 407002 });
    expect(gone.connection.isUp()).toBe(false);
  });

  test('stays as long as heartbeats come', async () => {
    const client = await start({ masterTokenSeconds: 1.5 });
    await client.run('SET V = 1');
    const until = Date.now() + 2200;
    await eventually(
      async () => {
        expect(await client.connection.isValidAsync()).toBe(true);
        expect(Date.now()).toBeGreaterThan(until);
      },
      { timeout: 15_000, interval: 100 },
    );
    expect(await client.run('SELECT $V AS V')).toEqual([{ V: 1 }]);
  });

  test('is over for heartbeats when it is gone', async () => {
    const client = await start();
    warehouse.hooks.inject({ kind: 'heartbeat', times: 1, effect: 'lose' });
    expect(await client.connection.isValidAsync()).toBe(false);
    expect(await client.errorOf('SELECT 1')).toMatchObject({ code: 407002 });
  });

  test('that is destroyed ends what it runs and gives its locks back', async () => {
    const client = await start();
    await client.run('CREATE TABLE T (A INT)');
    await client.run('INSERT INTO T VALUES (0)');
    await client.run('BEGIN');
    await client.run('UPDATE T SET A = 1');
    const running = client.errorOf('CALL SYSTEM$WAIT(60)');
    await eventually(() => expect(warehouse.hooks.statements.at(-1)).toContain('WAIT'));
    await client.destroy();
    expect(await running).toMatchObject({ code: '000604' });
    const other = await connectReady(warehouse);
    expect(await other.run('SHOW TRANSACTIONS')).toEqual([]);
    const { statement } = await other.execute('UPDATE T SET A = 2 WHERE A = 0');
    expect(statement.getNumUpdatedRows()).toBe(1);
  });

  test('has its own database, schema, variables and temporary tables among many', async () => {
    const client = await start();
    await client.run('CREATE TABLE T (A INT)');
    const clients = await Promise.all(Array.from({ length: 20 }, () => connect(warehouse)));
    await Promise.all(
      clients.map(async (each, index) => {
        await each.run(`SET N = ${index}`);
        await each.run('CREATE TEMPORARY TABLE MINE (A INT)');
        await each.run('BEGIN');
        await each.run('INSERT INTO T VALUES ($N)');
        await each.run('INSERT INTO MINE SELECT $N');
        await each.run(index % 2 === 0 ? 'COMMIT' : 'ROLLBACK');
      }),
    );
    expect(await client.run('SELECT COUNT(*) AS N, SUM(A) AS S FROM T')).toEqual([{ N: 10, S: 90 }]);
    expect(await clients[4]?.run('SELECT A FROM MINE')).toEqual([{ A: 4 }]);
    expect(await clients[5]?.run('SELECT A FROM MINE')).toEqual([]);
  });

  test('is taken from a pool of the driver, checked and given back', async () => {
    await start();
    const pool = createPool(warehouse, 3);
    const sessions = await Promise.all(
      Array.from({ length: 12 }, () =>
        pool.use(
          (connection) =>
            new Promise<string>((resolve, reject) => {
              connection.execute({
                sqlText: 'SELECT CURRENT_SESSION() AS S',
                complete: (error, _, rows) => (error ? reject(error) : resolve(String(rows?.[0]?.S))),
              });
            }),
        ),
      ),
    );
    expect(new Set(sessions).size).toBeLessThanOrEqual(3);
    await pool.drain();
    await pool.clear();
    await eventually(() => expect(warehouse.hooks.requests.close).toBe(new Set(sessions).size));
  });

  test('is one of a thousand at once', async () => {
    const client = await start();
    await client.run('CREATE TABLE T (A INT)');
    const login = async (): Promise<string> => {
      const response = await fetch(
        `${warehouse.url}/session/v1/login-request?databaseName=WINE_SALES_DB&schemaName=RAW_DATA`,
        {
          method: 'POST',
          body: JSON.stringify({ data: { LOGIN_NAME: 'caves', PASSWORD: 'caves' } }),
        },
      );
      return ((await response.json()) as { data: { token: string } }).data.token;
    };
    const query = async (token: string, sqlText: string): Promise<boolean> => {
      const response = await fetch(`${warehouse.url}/queries/v1/query-request?requestId=${token}`, {
        method: 'POST',
        headers: { authorization: `Snowflake Token="${token}"` },
        body: JSON.stringify({ sqlText }),
      });
      return ((await response.json()) as { success: boolean }).success;
    };
    const tokens: string[] = [];
    for (let batch = 0; batch < 20; batch++) {
      tokens.push(...(await Promise.all(Array.from({ length: 50 }, login))));
    }
    for (let batch = 0; batch < 20; batch++) {
      const answers = tokens
        .slice(batch * 50, batch * 50 + 50)
        .map((token) => query(token, 'INSERT INTO T VALUES (1)'));
      expect((await Promise.all(answers)).every(Boolean)).toBe(true);
    }
    expect(await client.run('SELECT COUNT(*) AS N FROM T')).toEqual([{ N: 1000 }]);
  });
});
