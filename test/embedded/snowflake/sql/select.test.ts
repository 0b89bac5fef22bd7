/** Clauses of a SELECT and what stands around it: grouping, ordering, limits, WITH, set operators, subqueries. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('SELECT', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE TABLE W (ID INTEGER, COLOR VARCHAR, COUNTRY VARCHAR, PRICE NUMBER(10,2))');
    await client.run(
      "INSERT INTO W VALUES (1, 'red', 'FR', 10), (2, 'red', 'IT', 20), (3, 'white', 'FR', 30), (4, 'white', NULL, NULL)",
    );
  });
  afterAll(() => warehouse.close());

  const rows = async (sql: string) => (await client.run(sql)).map((row) => Object.values(row));

  test.each([
    // Grouping
    [
      'SELECT COLOR, SUM(PRICE) FROM W GROUP BY ALL ORDER BY 1',
      [
        ['red', 30],
        ['white', 30],
      ],
    ],
    ['SELECT COLOR AS C, COUNT(*) FROM W GROUP BY C HAVING COUNT(PRICE) > 1', [['red', 2]]],
    [
      'SELECT UPPER(COLOR) AS COLOR, COUNT(*) FROM W GROUP BY COLOR ORDER BY 1',
      [
        ['RED', 2],
        ['WHITE', 2],
      ],
    ],
    [
      'SELECT COLOR, COUNTRY, COUNT(*) AS N FROM W WHERE ID < 3 GROUP BY ROLLUP (COLOR, COUNTRY) ORDER BY N DESC, COUNTRY, COLOR',
      [
        ['red', null, 2],
        [null, null, 2],
        ['red', 'FR', 1],
        ['red', 'IT', 1],
      ],
    ],
    [
      'SELECT COLOR, GROUPING(COLOR), COUNT(*) FROM W GROUP BY GROUPING SETS ((COLOR), ()) ORDER BY 2, 1',
      [
        ['red', 0, 2],
        ['white', 0, 2],
        [null, 1, 4],
      ],
    ],
    ['SELECT COUNT(*) FROM W GROUP BY CUBE (COLOR, COUNTRY) ORDER BY 1 DESC LIMIT 1', [[4]]],
    // Names of the list, in the other clauses
    ['SELECT PRICE * 2 AS DOUBLE, DOUBLE + 1 AS MORE FROM W WHERE DOUBLE > 40', [[60, 61]]],
    ['SELECT -ID AS ID FROM W ORDER BY ID LIMIT 1', [[-4]]],
    ['SELECT ID AS X FROM W QUALIFY ROW_NUMBER() OVER (PARTITION BY COLOR ORDER BY X DESC) = 1 ORDER BY X', [[2], [4]]],
    // Ordering and limits
    ['SELECT PRICE FROM W ORDER BY PRICE NULLS FIRST LIMIT 1', [[null]]],
    ['SELECT ID FROM W ORDER BY PRICE DESC NULLS LAST, ID OFFSET 1 ROW FETCH NEXT 2 ROWS ONLY', [[2], [1]]],
    ['SELECT ID FROM W ORDER BY ID LIMIT NULL OFFSET 3', [[4]]],
    ['SELECT TOP 2 ID FROM W ORDER BY ID', [[1], [2]]],
    ['SELECT DISTINCT COLOR FROM W ORDER BY COLOR DESC', [['white'], ['red']]],
    // Set operators: INTERSECT binds first
    ['SELECT 1 AS A UNION SELECT 1 UNION ALL SELECT 2 ORDER BY A', [[1], [2]]],
    ['SELECT ID FROM W MINUS SELECT 1 EXCEPT SELECT 2 ORDER BY 1', [[3], [4]]],
    ['SELECT 1 AS A UNION SELECT 2 INTERSECT SELECT 2 ORDER BY A DESC LIMIT 1', [[2]]],
    ['(SELECT ID FROM W ORDER BY ID DESC LIMIT 1) UNION ALL (SELECT 0) ORDER BY 1', [[0], [4]]],
    // WITH
    ['WITH A AS (SELECT ID FROM W), B (N) AS (SELECT COUNT(*) FROM A) SELECT N FROM B', [[4]]],
    [
      "WITH R AS (SELECT 1 AS N UNION ALL SELECT N * 2 FROM R WHERE N < 8) SELECT LISTAGG(N, ' ') WITHIN GROUP (ORDER BY N) FROM R",
      [['1 2 4 8']],
    ],
    ['WITH W AS (SELECT 5 AS ID) SELECT ID FROM W', [[5]]],
    // Subqueries
    ['SELECT A.ID FROM W A WHERE PRICE = (SELECT MAX(PRICE) FROM W B WHERE B.COLOR = A.COLOR) ORDER BY 1', [[2], [3]]],
    ['SELECT ID FROM W WHERE (COLOR, COUNTRY) IN (SELECT COLOR, COUNTRY FROM W WHERE ID = 3)', [[3]]],
    ['SELECT ID FROM W WHERE PRICE >= ALL (SELECT PRICE FROM W WHERE PRICE IS NOT NULL)', [[3]]],
    ['SELECT COUNT(*) FROM W A WHERE NOT EXISTS (SELECT 1 FROM W B WHERE B.ID = A.ID + 1)', [[1]]],
    // The list
    ['SELECT * EXCLUDE (COUNTRY, PRICE) RENAME (COLOR AS C) FROM W WHERE ID = 1', [[1, 'red']]],
    ["SELECT * ILIKE 'c%' REPLACE (UPPER(COLOR) AS COLOR) FROM W WHERE ID = 1", [['RED', 'FR']]],
    ['SELECT W.* EXCLUDE ID FROM W WHERE ID = 3', [['white', 'FR', 30]]],
    ["SELECT $2 FROM VALUES (1, 'a'), (2, 'b') WHERE $1 = 2", [['b']]],
    ['SELECT 1 FROM DUAL', [[1]]],
    // Windows
    ['SELECT LAST_VALUE(ID) OVER (PARTITION BY COLOR ORDER BY ID) FROM W ORDER BY ID', [[2], [2], [4], [4]]],
    ['SELECT LAG(PRICE, 1, 0) OVER (ORDER BY ID) FROM W ORDER BY ID', [[0], [10], [20], [30]]],
    ['SELECT FIRST_VALUE(PRICE) IGNORE NULLS OVER (ORDER BY ID DESC) FROM W LIMIT 1', [[30]]],
    ['SELECT SUM(SUM(PRICE)) OVER () FROM W GROUP BY COLOR LIMIT 1', [[60]]],
    ['SELECT RATIO_TO_REPORT(PRICE) OVER () FROM W ORDER BY ID LIMIT 1', [[0.166_666_67]]],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected);
  });

  test('columns of one name stay two columns, and naming them is ambiguous', async () => {
    const { statement, rows: found } = await client.execute(
      'SELECT A.ID, B.ID FROM W A JOIN W B ON B.ID = A.ID + 1 ORDER BY 1 LIMIT 1',
      {},
    );
    expect(statement.getColumns()?.map((column) => column.getName())).toEqual(['ID', 'ID']);
    expect(found).toHaveLength(1);
    expect(await client.run('SELECT MAX(X.N) AS M FROM (SELECT A.ID, B.ID, B.ID AS N FROM W A, W B) X')).toEqual([
      { M: 4 },
    ]);
    expect(await client.errorOf('SELECT X.ID FROM (SELECT A.ID, B.ID FROM W A, W B) X')).toMatchObject({
      code: '002028',
      sqlState: '42601',
    });
  });

  test.each([
    ['SELECT 1 FROM W LIMIT 1 WHERE TRUE', '001003'],
    ['SELECT ID FROM W GROUP BY', '001003'],
    ['SELECT ID FROM W ORDER BY 2', '001065'],
    ['SELECT ID FROM W GROUP BY 100000000000000000000', '001065'],
    ["SELECT ID FROM W LIMIT 'x'", '001003'],
    ['SELECT 1 2', '001003'],
    ['SELECT ID, FROM W', '001003'],
    ['SELECT (SELECT 1, 2)', '001003'],
    ['SELECT * EXCLUDE NOSUCH FROM W', '000904'],
    ['SELECT X.* FROM W', '000904'],
    ['SELECT COLOR FROM W GROUP BY COUNTRY', '000979'],
    ['SELECT SUM(SUM(PRICE)) FROM W', '001065'],
    ['SELECT ID FROM W WHERE SUM(PRICE) > 1', '001065'],
    ['WITH A AS (SELECT 1) SELECT * FROM B', '002003'],
    ["SELECT CASE WHEN TRUE THEN 1 ELSE DATE '2024-01-01' END", '001007'],
  ])('%s fails with %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
  });
});
