/** INSERT ALL, INSERT FIRST and INSERT OVERWRITE (docs.snowflake.com/en/sql-reference/sql/insert-multi-table). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('inserts into several tables', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run("CREATE OR REPLACE TABLE SMALL (N INTEGER, TAG VARCHAR DEFAULT 'none')");
    await client.run('CREATE OR REPLACE TABLE LARGE (N INTEGER, TAG VARCHAR)');
  });
  afterAll(() => warehouse.close());

  const numbers = "SELECT COLUMN1 AS N, COLUMN2 AS TAG FROM VALUES (1, 'a'), (20, 'b'), (300, 'c')";
  const all = async (table: string) =>
    (await client.run(`SELECT * FROM ${table} ORDER BY N`)).map((row) => Object.values(row));

  test('go into every table, with the counts of each', async () => {
    const [counts] = await client.run(`INSERT ALL INTO SMALL (N) VALUES (N * 2) INTO LARGE ${numbers}`);
    expect(counts).toEqual({ 'number of rows inserted into SMALL': 3, 'number of rows inserted into LARGE': 3 });
    expect(await all('SMALL')).toEqual([
      [2, 'none'],
      [40, 'none'],
      [600, 'none'],
    ]);
    expect(await all('LARGE')).toEqual([
      [1, 'a'],
      [20, 'b'],
      [300, 'c'],
    ]);
  });

  test('go where a condition holds; ELSE takes what is left', async () => {
    await client.run(
      `INSERT ALL WHEN N > 10 THEN INTO LARGE WHEN N > 100 THEN INTO LARGE (N, TAG) VALUES (N, 'again') ELSE INTO SMALL ${numbers}`,
    );
    expect(await all('SMALL')).toEqual([[1, 'a']]);
    expect(await all('LARGE')).toEqual(
      expect.arrayContaining([
        [20, 'b'],
        [300, 'c'],
        [300, 'again'],
      ]),
    );
  });

  test('FIRST goes into the first table only', async () => {
    await client.run(`INSERT FIRST WHEN N > 100 THEN INTO LARGE WHEN N > 10 THEN INTO SMALL ${numbers}`);
    expect(await all('LARGE')).toEqual([[300, 'c']]);
    expect(await all('SMALL')).toEqual([[20, 'b']]);
  });

  test('are all or nothing', async () => {
    await client.run('CREATE OR REPLACE TABLE SHORT (TAG VARCHAR(1))');
    const sql = `INSERT ALL INTO LARGE INTO SHORT (TAG) VALUES (TAG || '!') ${numbers}`;
    expect(await client.errorOf(sql)).toMatchObject({ code: '100078' });
    expect(await all('LARGE')).toEqual([]);
  });

  test('OVERWRITE empties the table first, and keeps it as it was where it fails', async () => {
    await client.run(`INSERT INTO LARGE ${numbers}`);
    expect(await client.run("INSERT OVERWRITE INTO LARGE VALUES (5, 'new')")).toEqual([
      { 'number of rows inserted': 1 },
    ]);
    expect(await all('LARGE')).toEqual([[5, 'new']]);
    expect(await client.errorOf("INSERT OVERWRITE INTO LARGE SELECT 'x', 'y'")).toMatchObject({ code: '100038' });
    expect(await all('LARGE')).toEqual([[5, 'new']]);
  });

  test.each([false, true])('with OVERWRITE may read the table that they fill, in a transaction: %s', async (inside) => {
    await client.run("INSERT INTO SMALL VALUES (1, 'a'), (2, 'b'), (2, 'b')");
    if (inside) await client.run('BEGIN');
    expect(await client.run('INSERT OVERWRITE INTO SMALL (TAG, N) SELECT DISTINCT TAG, N FROM SMALL')).toEqual([
      { 'number of rows inserted': 2 },
    ]);
    if (inside) await client.run('COMMIT');
    expect(await all('SMALL')).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    await client.run("INSERT OVERWRITE INTO SMALL VALUES (3, 'c'), (NULL, NULL)");
    expect(await all('SMALL')).toEqual([
      [3, 'c'],
      [null, null],
    ]);
  });

  test.each([
    ['ALL', "INSERT ALL INTO LARGE VALUES (7, 'fits') INTO LARGE VALUES (N, N) SELECT 'no number' AS N"],
    ['OVERWRITE', 'INSERT OVERWRITE INTO LARGE SELECT TAG, TAG FROM LARGE'],
    ['OVERWRITE ALL', "INSERT OVERWRITE ALL INTO LARGE VALUES (N, N) SELECT 'no number' AS N"],
  ])('leave nothing of an INSERT %s that fails in the middle', async (_, sql) => {
    const kept = [[1, 'changed']];
    await client.run("INSERT INTO LARGE VALUES (1, 'kept')");
    await client.run('BEGIN');
    await client.run("UPDATE LARGE SET TAG = 'changed'");
    expect(await client.errorOf(sql)).toMatchObject({ code: '100038' });
    expect(await all('LARGE')).toEqual(kept);
    await client.run('COMMIT');
    expect(await all('LARGE')).toEqual(kept);
    expect(await client.errorOf(sql)).toMatchObject({ code: '100038' });
    expect(await all('LARGE')).toEqual(kept);
    await client.run('ALTER SESSION SET AUTOCOMMIT = FALSE');
    expect(await client.errorOf(sql)).toMatchObject({ code: '100038' });
    await client.run('ALTER SESSION SET AUTOCOMMIT = TRUE');
    expect(await all('LARGE')).toEqual(kept);
  });
});
