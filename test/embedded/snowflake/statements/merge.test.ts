/** MERGE in all its clauses (docs.snowflake.com/en/sql-reference/sql/merge). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('MERGE', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run('CREATE OR REPLACE TABLE T (K INTEGER, V VARCHAR(5), N NUMBER(5,1) DEFAULT 7)');
    await client.run("INSERT INTO T (K, V) VALUES (1, 'a'), (2, 'b')");
  });
  afterAll(() => warehouse.close());

  const merge = (source: string, clauses: string) =>
    client.run(`MERGE INTO T USING (${source}) S ON T.K = S.K ${clauses}`);
  const rows = () => client.run('SELECT K, V FROM T ORDER BY K');

  test('fills what an INSERT leaves out with defaults, and stores in the types of the columns', async () => {
    await merge("SELECT 3 AS K, '1.26' AS N", 'WHEN NOT MATCHED THEN INSERT (K, N) VALUES (S.K, S.N)');
    await merge('SELECT 4 AS K', 'WHEN NOT MATCHED THEN INSERT (K, V) VALUES (S.K, DEFAULT)');
    expect(await client.run('SELECT K, V, N FROM T WHERE K > 2 ORDER BY K')).toEqual([
      { K: 3, V: null, N: 1.3 },
      { K: 4, V: null, N: 7 },
    ]);
  });

  test('takes the first branch whose condition holds', async () => {
    await merge(
      "SELECT COLUMN1 AS K, COLUMN2 AS V FROM VALUES (1, 'x'), (2, 'y'), (3, 'z'), (4, NULL)",
      `WHEN MATCHED AND S.V = 'x' THEN DELETE WHEN MATCHED THEN UPDATE SET V = S.V || '!'
       WHEN NOT MATCHED AND S.V IS NOT NULL THEN INSERT (K, V) VALUES (S.K, S.V)`,
    );
    expect(await rows()).toEqual([
      { K: 2, V: 'y!' },
      { K: 3, V: 'z' },
    ]);
  });

  test.each(['UPDATE SET V = S.V', 'DELETE'])('a row that two source rows would change by %s', async (action) => {
    const twice = merge("SELECT 1 AS K, 'x' AS V UNION ALL SELECT 1, 'y'", `WHEN MATCHED THEN ${action}`);
    if (action === 'DELETE') {
      expect(await twice).toEqual([{ 'number of rows deleted': 1 }]);
    } else {
      await expect(twice).rejects.toMatchObject({ code: '100090', sqlState: '42P18' });
      expect(await rows()).toHaveLength(2);
    }
  });

  test('two source rows of which a condition takes one are fine', async () => {
    expect(
      await merge(
        "SELECT 1 AS K, 'x' AS V UNION ALL SELECT 1, 'y'",
        "WHEN MATCHED AND S.V = 'y' THEN UPDATE SET V = S.V",
      ),
    ).toEqual([{ 'number of rows updated': 1 }]);
    expect((await rows())[0]).toEqual({ K: 1, V: 'y' });
  });

  test('a failed MERGE in a transaction leaves the others of it', async () => {
    await client.run('BEGIN');
    await client.run("UPDATE T SET V = 'kept' WHERE K = 1");
    await expect(
      merge("SELECT 2 AS K, 'x' AS V UNION ALL SELECT 2, 'y'", 'WHEN MATCHED THEN UPDATE SET V = S.V'),
    ).rejects.toMatchObject({ code: '100090' });
    await client.run('COMMIT');
    expect(await rows()).toEqual([
      { K: 1, V: 'kept' },
      { K: 2, V: 'b' },
    ]);
  });

  test.each([
    ["WHEN MATCHED THEN UPDATE SET V = 'too long'", '100078'],
    ['WHEN MATCHED THEN UPDATE SET NOSUCH = 1', '000904'],
    ['WHEN NOT MATCHED THEN INSERT (K) VALUES (S.K, 1)', '002020'],
    ['WHEN NOT MATCHED THEN INSERT (K) VALUES (T.K)', '000904'],
    ['WHEN NOT MATCHED THEN UPDATE SET V = 1', '000002'],
    ['WHEN MATCHED THEN INSERT VALUES (1)', '000002'],
  ])('%s fails with %s', async (clause, code) => {
    await expect(merge('SELECT COLUMN1 AS K FROM VALUES (1), (9)', clause)).rejects.toMatchObject({ code });
  });
});
