import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('UPDATE, DELETE and MERGE', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run('CREATE OR REPLACE TABLE P (ID INTEGER, NEXT INTEGER, NAME VARCHAR(5))');
    await client.run("INSERT INTO P VALUES (0, 10, 'a'), (1, 20, 'b'), (2, NULL, 'c')");
  });
  afterAll(() => warehouse.close());

  const rows = () => client.run('SELECT ID, NEXT FROM P ORDER BY ID');
  const updated = async (sql: string, binds?: string[]) =>
    (await client.execute(sql, binds ? { binds } : {})).statement.getNumUpdatedRows();

  test('UPDATE counts the rows it hit', async () => {
    expect(await updated('UPDATE P SET NEXT = ? WHERE ID = ? AND NEXT = ?', ['11', '0', '10'])).toBe(1);
    expect(await updated('UPDATE P SET NEXT = ? WHERE ID = ? AND NEXT = ?', ['12', '0', '10'])).toBe(0);
    expect(await updated('UPDATE P AS X SET X.NEXT = COALESCE(X.NEXT, 0) + 1')).toBe(3);
    expect(await rows()).toEqual([
      { ID: 0, NEXT: 12 },
      { ID: 1, NEXT: 21 },
      { ID: 2, NEXT: 1 },
    ]);
  });

  test('UPDATE takes rows of another table', async () => {
    expect(await updated('UPDATE P SET NEXT = S.N FROM (SELECT 1 AS ID, 99 AS N) S WHERE P.ID = S.ID')).toBe(1);
    expect((await rows())[1]).toEqual({ ID: 1, NEXT: 99 });
  });

  test('UPDATE of several positions compares each, in one statement', async () => {
    const moves = JSON.stringify([
      { id: 0, previous: 10, next: 15 },
      { id: 1, previous: 19, next: 25 },
    ]);
    const sql = `UPDATE P SET NEXT = M.NEXT FROM (
        SELECT value:id::INTEGER AS ID, value:previous::INTEGER AS PREVIOUS, value:next::INTEGER AS NEXT
        FROM TABLE(FLATTEN(INPUT => PARSE_JSON(?)))) M
      WHERE P.ID = M.ID AND P.NEXT = M.PREVIOUS`;
    expect(await updated(sql, [moves])).toBe(1);
    expect(await rows()).toMatchObject([{ NEXT: 15 }, { NEXT: 20 }, { NEXT: null }]);
  });

  test('DELETE counts, also with USING', async () => {
    expect(await updated('DELETE FROM P WHERE NEXT IS NULL')).toBe(1);
    expect(await updated('DELETE FROM P USING (SELECT 1 AS ID) S WHERE P.ID = S.ID')).toBe(1);
    expect(await rows()).toEqual([{ ID: 0, NEXT: 10 }]);
  });

  test('MERGE counts what it inserted, updated and deleted', async () => {
    const source = '(SELECT COLUMN1 AS ID, COLUMN2 AS NEXT FROM VALUES (0, 5), (1, 50), (7, 70)) S';
    const [counts] = await client.run(`MERGE INTO P USING ${source} ON P.ID = S.ID
      WHEN MATCHED AND S.NEXT < P.NEXT THEN DELETE
      WHEN MATCHED THEN UPDATE SET P.NEXT = CASE WHEN S.NEXT > 0 THEN S.NEXT ELSE 0 END
      WHEN NOT MATCHED THEN INSERT (ID, NEXT) VALUES (S.ID, S.NEXT)`);
    expect(counts).toEqual({ 'number of rows inserted': 1, 'number of rows updated': 1, 'number of rows deleted': 1 });
    expect(await rows()).toEqual([
      { ID: 1, NEXT: 50 },
      { ID: 2, NEXT: null },
      { ID: 7, NEXT: 70 },
    ]);
  });

  test.each([
    ['UPDATE P SET NOSUCH = 1', '000904'],
    ["UPDATE P SET NAME = 'too long'", '100078'],
    ['UPDATE NOSUCH SET A = 1', '002003'],
    ['UPDATE P NEXT = 1', '001003'],
    ['DELETE P', '001003'],
    ['MERGE INTO P USING P S ON 1 = 1', '001003'],
  ])('%s fails with %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
  });
});
