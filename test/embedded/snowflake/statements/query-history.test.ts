import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('earlier statements', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
  });
  beforeEach(async () => {
    client = await connectReady(warehouse);
  });
  afterAll(() => warehouse.close());

  const idOf = async (sql: string) => (await client.execute(sql)).statement.getQueryId();

  test('are known by LAST_QUERY_ID, from the end and from the start', async () => {
    const ids = [await idOf('SELECT 1'), await idOf('SELECT 2')];
    expect(await client.run('SELECT LAST_QUERY_ID() AS A, LAST_QUERY_ID(-3) AS B')).toEqual([
      { A: ids[1], B: expect.any(String) },
    ]);
    const [row] = await client.run('SELECT LAST_QUERY_ID(-2) AS A, LAST_QUERY_ID(1) AS B, LAST_QUERY_ID(99) AS C');
    expect(row).toMatchObject({ A: ids[1], C: null });
    expect(row?.B).not.toBe(ids[0]);
  });

  test('have results that RESULT_SCAN reads as a table, with their types', async () => {
    await client.run(`SELECT 1::NUMBER(5,2) AS N, 'x' AS S, TRUE AS B, '2024-02-29'::DATE AS D, '10:11:12'::TIME AS T,
      '2024-02-29 10:11:12.123456'::TIMESTAMP_NTZ AS TS, PARSE_JSON('{"a":[1,2]}') AS V, 1.5::FLOAT AS F,
      TO_BINARY('CAFE') AS X, NULL AS NOTHING`);
    const { statement, rows } = await client.execute(`SELECT N + 1 AS N, S || '!' AS S, NOT B AS B, D::STRING
      AS D, T::STRING AS T, TS::STRING AS TS, V:a[1]::NUMBER AS V, F * 2 AS F, X::STRING AS X, NOTHING
      FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) WHERE N = 1`);
    expect(rows).toEqual([
      {
        N: 2,
        S: 'x!',
        B: false,
        D: '2024-02-29',
        T: '10:11:12',
        TS: '2024-02-29 10:11:12.123',
        V: 2,
        F: 3,
        X: 'CAFE',
        NOTHING: null,
      },
    ]);
    expect(statement.getColumns()?.[0]?.getScale()).toBe(2);
  });

  test('of SHOW and DESCRIBE can be read in the same way, by lower-case names', async () => {
    await client.run('CREATE OR REPLACE TABLE WINES (A INT)');
    await client.run('CREATE OR REPLACE TABLE BOTTLES (A INT)');
    await client.run('SHOW TABLES');
    expect(
      await client.run('SELECT "name" FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) WHERE "kind" = \'TABLE\' ORDER BY 1'),
    ).toEqual([{ name: 'BOTTLES' }, { name: 'WINES' }]);
  });

  test('can be read again by id, joined, and from another session', async () => {
    const id = await idOf('SELECT COLUMN1 AS A FROM VALUES (1), (2), (3)');
    const other = await connectReady(warehouse);
    expect(
      await other.run(`SELECT SUM(X.A * Y.A) AS S FROM TABLE(RESULT_SCAN('${id}')) X JOIN TABLE(RESULT_SCAN('${id}')) Y
        ON X.A = Y.A`),
    ).toEqual([{ S: 14 }]);
  });

  test('that do not exist or failed have no result', async () => {
    const id = '01234567-89ab-4def-8123-456789abcdef';
    expect(await client.errorOf(`SELECT * FROM TABLE(RESULT_SCAN('${id}'))`)).toMatchObject({
      code: '000709',
      sqlState: '02000',
      message: `Statement ${id} not found`,
    });
    await client.errorOf('SELECT NOSUCH');
    expect(await client.errorOf('SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))')).toMatchObject({ code: '000709' });
  });

  test('have columns that DESCRIBE RESULT lists', async () => {
    await client.run("SELECT 1::NUMBER(5,2) AS N, 'x'::VARCHAR AS S");
    expect((await client.run('DESCRIBE RESULT LAST_QUERY_ID()')).map(({ name, type }) => [name, type])).toEqual([
      ['N', 'NUMBER(5,2)'],
      ['S', 'VARCHAR(16777216)'],
    ]);
  });

  test('are listed by QUERY_HISTORY with what became of them', async () => {
    await client.run("ALTER SESSION SET QUERY_TAG = 'history'");
    await client.run('SELECT COLUMN1 FROM VALUES (1), (2)');
    await client.errorOf('SELECT NOSUCH');
    const history =
      await client.run(`SELECT QUERY_TEXT, QUERY_TYPE, EXECUTION_STATUS, ROWS_PRODUCED, ERROR_CODE, QUERY_TAG,
      USER_NAME, DATABASE_NAME, END_TIME >= START_TIME AS IN_ORDER
      FROM TABLE(INFORMATION_SCHEMA.QUERY_HISTORY_BY_SESSION(RESULT_LIMIT => 3)) WHERE EXECUTION_STATUS <> 'RUNNING'`);
    const common = { QUERY_TYPE: 'SELECT', QUERY_TAG: 'history', USER_NAME: 'CAVES', DATABASE_NAME: 'WINE_SALES_DB' };
    expect(history).toEqual([
      {
        ...common,
        QUERY_TEXT: 'SELECT NOSUCH',
        EXECUTION_STATUS: 'FAILED_WITH_ERROR',
        ROWS_PRODUCED: null,
        ERROR_CODE: 904,
        IN_ORDER: true,
      },
      {
        ...common,
        QUERY_TEXT: 'SELECT COLUMN1 FROM VALUES (1), (2)',
        EXECUTION_STATUS: 'SUCCESS',
        ROWS_PRODUCED: 2,
        ERROR_CODE: null,
        IN_ORDER: true,
      },
    ]);
  });

  test('of all sessions are listed, and unknown arguments refused by name', async () => {
    const other = await connectReady(warehouse);
    await other.run("SELECT 'from elsewhere'");
    const sql = `SELECT COUNT(*) AS N FROM TABLE(WINE_SALES_DB.INFORMATION_SCHEMA.QUERY_HISTORY(RESULT_LIMIT => 10000))
      WHERE QUERY_TEXT = 'SELECT ''from elsewhere'''`;
    expect(await client.run(sql)).toEqual([{ N: 1 }]);
    expect(await client.errorOf(sql.replace('RESULT_LIMIT', 'END_TIME_RANGE_START'))).toMatchObject({
      code: '000002',
      message: expect.stringContaining('QUERY_HISTORY with anything but RESULT_LIMIT'),
    });
  });
});
