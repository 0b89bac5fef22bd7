import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type Client, connect, connectReady } from './driver.ts';

describe('statements of a session', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
  });
  beforeEach(async () => {
    client = await connectReady(warehouse);
    await client.run('CREATE OR REPLACE TABLE T (A INTEGER, B VARCHAR)');
  });
  afterEach(() => warehouse.hooks.clear());
  afterAll(() => warehouse.close());

  const rows = async () => (await client.run('SELECT A, B FROM T ORDER BY A')).map(({ A, B }) => [A, B]);
  /** The error of several statements in one request. */
  const errorOfAll = (sqlText: string, binds?: readonly (string | number)[]) =>
    client.runAll(sqlText, 0, binds as never).then(
      () => undefined,
      (error: unknown) => error,
    );

  describe('several in one request', () => {
    test('take their binds in order, through all of them', async () => {
      const results = await client.runAll(
        'INSERT INTO T VALUES (?, ?); UPDATE T SET B = ? WHERE A = ?; SELECT B FROM T WHERE A = ?;',
        3,
        [1, 'one', 'ONE', 1, 1],
      );
      expect(results).toEqual([
        [{ 'number of rows inserted': 1 }],
        [{ 'number of rows updated': 1, 'number of multi-joined rows updated': 0 }],
        [{ B: 'ONE' }],
      ]);
    });

    test('that fail in the middle leave done what came before, and say which one it was', async () => {
      const sql =
        "INSERT INTO T VALUES (1, 'x');\nINSERT INTO T VALUES ('no number', 'y');\nINSERT INTO T VALUES (3, 'z')";
      expect(await errorOfAll(sql)).toMatchObject({
        code: '100132',
        sqlState: 'P0000',
        message: expect.stringMatching(
          /^JavaScript execution error: Uncaught Execution of multiple statements failed on statement "INSERT INTO T VALUES \('no numb\.\.\." \(at line 2, position 0\)\.\nNumeric value 'no number' is not recognized$/,
        ),
      });
      expect(await rows()).toEqual([[1, 'x']]);
    });

    test('that fail between BEGIN and COMMIT leave the transaction open', async () => {
      await errorOfAll("BEGIN; INSERT INTO T VALUES (1, 'x'); SELECT NOSUCH; COMMIT");
      expect(await client.run('SELECT COUNT(*) AS N FROM T')).toEqual([{ N: 1 }]);
      expect(await (await connectReady(warehouse)).run('SELECT COUNT(*) AS N FROM T')).toEqual([{ N: 0 }]);
      await client.run('ROLLBACK');
      expect(await rows()).toEqual([]);
    });

    test('run nothing when one does not parse', async () => {
      expect(await errorOfAll("INSERT INTO T VALUES (1, 'x'); SELECT (")).toMatchObject({ code: '001003' });
      expect(await rows()).toEqual([]);
    });

    test('need a bind for each question mark', async () => {
      expect(await errorOfAll('SELECT ?; SELECT ?', [1])).toMatchObject({
        code: '100132',
        message: expect.stringContaining('Bind variable ? not set'),
      });
    });

    test('see each other through variables, RESULT_SCAN and USE', async () => {
      const [, , read, , database] = await client.runAll(
        `SET N = 5; SELECT $N AS N; SELECT N + 1 AS M FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()));
         USE DATABASE WINE_SALES_DB; SELECT CURRENT_DATABASE() AS D`,
        5,
      );
      expect([read, database]).toEqual([[{ M: 6 }], [{ D: 'WINE_SALES_DB' }]]);
    });

    test('can be cancelled one by one, from another session: those behind it never run', async () => {
      const other = await connect(warehouse);
      const running = errorOfAll("INSERT INTO T VALUES (1, 'x'); CALL SYSTEM$WAIT(60); INSERT INTO T VALUES (3, 'z')");
      const id = await idOf(other, 'CALL SYSTEM$WAIT(60)');
      expect(await other.run(`SELECT SYSTEM$CANCEL_QUERY('${id}') AS S`)).toEqual([{ S: `query [${id}] terminated.` }]);
      expect(await running).toMatchObject({
        code: '100132',
        message: expect.stringMatching(/failed on statement "CALL SYSTEM\$WAIT\(60\)".*\nSQL execution canceled$/),
      });
      expect(await client.connection.getQueryStatus(id)).toBe('ABORTED');
      expect(await rows()).toEqual([[1, 'x']]);
    });

    test('are cancelled together by the id of the request, with the one that runs', async () => {
      const other = await connect(warehouse);
      const running = errorOfAll('SELECT 1; CALL SYSTEM$WAIT(61)');
      const child = await idOf(other, 'CALL SYSTEM$WAIT(61)');
      await other.run(`SELECT SYSTEM$CANCEL_QUERY('${await idOf(other, 'SELECT 1; CALL SYSTEM$WAIT(61)')}')`);
      expect(await running).toMatchObject({ code: '000604', message: 'SQL execution canceled' });
      expect(await client.connection.getQueryStatus(child)).toBe('ABORTED');
    });

    /** The id of the statement that runs, by its text. */
    const idOf = (from: Client, sql: string): Promise<string> =>
      eventually(async () => {
        const history = await from.run(`SELECT QUERY_ID, QUERY_TEXT FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY())
          WHERE EXECUTION_STATUS = 'RUNNING'`);
        const found = history.find(({ QUERY_TEXT }) => QUERY_TEXT === sql)?.QUERY_ID;
        expect(found).toBeDefined();
        return String(found);
      });

    test('are allowed by the session as well', async () => {
      await client.run('ALTER SESSION SET MULTI_STATEMENT_COUNT = 0');
      const { rows: first, statement } = await client.execute('SELECT 1 AS A; SELECT 2 AS A');
      expect(first).toEqual([{ A: 1 }]);
      expect((statement as unknown as { hasNext(): boolean }).hasNext()).toBe(true);
    });
  });

  describe('in the background', () => {
    test('are RUNNING, then SUCCESS, and their result can be had from any session', async () => {
      warehouse.hooks.slowStatement(/42/, 300);
      const { statement } = await client.execute('SELECT 42 AS A', { asyncExec: true });
      const queryId = statement.getQueryId();
      expect(await client.connection.getQueryStatus(queryId)).toBe('RUNNING');
      const other = await connect(warehouse);
      const result = await other.connection.getResultsFromQueryId({ queryId } as never);
      const found: unknown[] = [];
      for await (const row of result.streamRows() as AsyncIterable<unknown>) found.push(row);
      expect(found).toEqual([{ A: 42 }]);
      expect(await other.connection.getQueryStatusThrowIfError(queryId)).toBe('SUCCESS');
    });

    test('that fail say so when they are asked for', async () => {
      const { statement } = await client.execute('SELECT NOSUCH', { asyncExec: true });
      const queryId = statement.getQueryId();
      await eventually(async () => expect(await client.connection.getQueryStatus(queryId)).toBe('FAILED_WITH_ERROR'));
      await expect(client.connection.getQueryStatusThrowIfError(queryId)).rejects.toThrow('NOSUCH');
      await expect(client.connection.getResultsFromQueryId({ queryId } as never)).rejects.toThrow('NOSUCH');
    });

    test('can be cancelled by id, also from another session', async () => {
      const { statement } = await client.execute('CALL SYSTEM$WAIT(60)', { asyncExec: true });
      const other = await connect(warehouse);
      const found = (await other.connection.fetchResult({ queryId: statement.getQueryId() } as never)) as {
        cancel(callback: (error: unknown) => void): void;
      };
      await new Promise((resolve) => found.cancel(resolve));
      await eventually(async () =>
        expect(await client.connection.getQueryStatus(statement.getQueryId())).toBe('ABORTED'),
      );
      expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
    });

    test('are known by their request id as long as they run, however many come behind them', async () => {
      const requestId = randomUUID();
      const send = (sql: string, id = randomUUID()) => client.execute(sql, { asyncExec: true, requestId: id });
      const queryId = (await send('CALL SYSTEM$WAIT(60)', requestId)).statement.getQueryId();
      const behind = await Promise.all(Array.from({ length: 250 }, (_, n) => send(`SELECT ${n}`)));
      expect((await send('CALL SYSTEM$WAIT(60)', requestId)).statement.getQueryId()).toBe(queryId);
      const other = await connect(warehouse);
      await other.run(`SELECT SYSTEM$CANCEL_QUERY('${queryId}')`);
      const last = behind.at(-1)?.statement.getQueryId() as string;
      await eventually(async () => expect(await other.connection.getQueryStatus(last)).toBe('SUCCESS'));
    });

    test('that nobody knows have no status', async () => {
      const unknown = '01234567-89ab-4def-8123-456789abcdef';
      expect(await client.connection.getQueryStatus(unknown)).toBe('NO_QUERY_DATA');
    });
  });

  test('that are done cannot be cancelled any more', async () => {
    const { statement } = await client.execute('SELECT 1');
    const error = await new Promise((resolve) => statement.cancel((reason) => resolve(reason)));
    expect(error).toMatchObject({
      code: '000605',
      message: 'Identified SQL statement is not currently executing.',
    });
  });

  test('that wait for their turn can be cancelled, and never run', async () => {
    const slow = client.run("CALL SYSTEM$WAIT(500, 'MILLISECONDS')");
    const code = new Promise((resolve) => {
      const statement = client.connection.execute({
        sqlText: "INSERT INTO T VALUES (1, 'never')",
        complete: (error) => resolve(error?.code),
      });
      eventually(() => expect(warehouse.hooks.requests.query).toBeGreaterThan(0)).then(() => {
        const attempt = () => statement.cancel((error) => error && setTimeout(attempt, 20));
        attempt();
      });
    });
    expect(await code).toBe('000604');
    await slow;
    expect(await rows()).toEqual([]);
  });

  test.each([
    ['CALL SYSTEM$WAIT(60)', 'wait'],
    [
      'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 3000000)) A, TABLE(GENERATOR(ROWCOUNT => 3000000)) B',
      'compute',
    ],
  ])('that take longer than STATEMENT_TIMEOUT_IN_SECONDS are canceled: %s', async (sql) => {
    await client.run('ALTER SESSION SET STATEMENT_TIMEOUT_IN_SECONDS = 1');
    expect(await client.errorOf(sql)).toMatchObject({
      code: '000630',
      sqlState: '57014',
      message: 'Statement reached its statement or warehouse timeout of 1 second(s) and was canceled.',
    });
    expect(await client.run('SELECT 1 AS A')).toEqual([{ A: 1 }]);
  });

  test('leave nothing of their binds in memory once they have ended', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = () => {
      collect();
      return process.memoryUsage().heapUsed;
    };
    const run = async (n: number) => {
      const bind = `${n}`.padEnd(4_000_000, 'é');
      await client.runAll('SELECT LENGTH(?); SELECT 1', 2, [bind]);
    };
    await run(0);
    const before = heap();
    for (let n = 1; n <= 12; n++) await run(n);
    expect(heap() - before).toBeLessThan(30_000_000);
  });

  test('of one request leave no more of their results in memory than others', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const memory = () => {
      collect();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const run = () => client.runAll("SELECT REPEAT('x', 5000000) AS A; SELECT 1", 2);
    await run();
    const before = memory();
    for (let n = 0; n < 30; n++) await run();
    // The newest results are kept up to 50 MB; these take 150.
    expect(memory() - before).toBeLessThan(90_000_000);
  });

  test('are described without being run, and without what SYSTEM$ functions do', async () => {
    await client.execute('SELECT SYSTEM$WAIT(60) AS W', { describeOnly: true });
    await expect(client.execute('BEGIN', { describeOnly: true })).rejects.toMatchObject({ code: '000002' });
  });
});
