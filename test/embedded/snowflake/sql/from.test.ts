/** FROM: joins, table functions, PIVOT, UNPIVOT, SAMPLE. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('FROM', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE TABLE A (ID INTEGER, X VARCHAR)');
    await client.run('CREATE TABLE B (ID INTEGER, Y VARCHAR)');
    await client.run("INSERT INTO A VALUES (1, 'a1'), (2, 'a2')");
    await client.run("INSERT INTO B VALUES (2, 'b2'), (3, 'b3')");
    await client.run('CREATE TABLE J (ID INTEGER, V VARIANT)');
    await client.run(`INSERT INTO J SELECT COLUMN1, PARSE_JSON(COLUMN2) FROM VALUES
      (1, '{"tags":["red",null],"lines":[{"sku":"m","n":2},{"sku":"s","n":1}]}'), (2, '{"tags":[]}')`);
  });
  afterAll(() => warehouse.close());

  const rows = async (sql: string) => (await client.run(sql)).map((row) => Object.values(row));

  test.each([
    ['SELECT X, Y FROM A JOIN B ON A.ID = B.ID', [['a2', 'b2']]],
    [
      'SELECT X, Y FROM A LEFT OUTER JOIN B USING (ID) ORDER BY ID',
      [
        ['a1', null],
        ['a2', 'b2'],
      ],
    ],
    [
      'SELECT ID, X, Y FROM A FULL JOIN B USING (ID) ORDER BY ID',
      [
        [1, 'a1', null],
        [2, 'a2', 'b2'],
        [3, null, 'b3'],
      ],
    ],
    ['SELECT * FROM A NATURAL JOIN B', [[2, 'a2', 'b2']]],
    [
      'SELECT A.ID, B.ID AS BID FROM A RIGHT JOIN B USING (ID) ORDER BY BID',
      [
        [2, 2],
        [null, 3],
      ],
    ],
    ['SELECT COUNT(*) FROM A CROSS JOIN B', [[4]]],
    ['SELECT COUNT(*) FROM A, B WHERE A.ID = B.ID', [[1]]],
    ['SELECT COUNT(*) FROM (A JOIN B ON A.ID < B.ID) JOIN A C ON C.ID = A.ID', [[3]]],
    ['SELECT RAW_DATA.A.X FROM RAW_DATA.A WHERE A.ID = 1', [['a1']]],
    ['SELECT T.N FROM (SELECT ID FROM A) AS T (N) ORDER BY N', [[1], [2]]],
    [
      'SELECT A.X, B.Y FROM A ASOF JOIN B MATCH_CONDITION (A.ID <= B.ID) ORDER BY A.ID',
      [
        ['a1', 'b2'],
        ['a2', 'b2'],
      ],
    ],
    // FLATTEN
    [
      'SELECT ID, F.INDEX, F.VALUE::STRING FROM J, LATERAL FLATTEN(INPUT => J.V:tags) F ORDER BY 1, 2',
      [
        [1, 0, 'red'],
        [1, 1, null],
      ],
    ],
    ['SELECT IS_NULL_VALUE(F.VALUE) FROM J, LATERAL FLATTEN(V:tags) F ORDER BY F.INDEX', [[false], [true]]],
    ['SELECT ID, F.INDEX FROM J, LATERAL FLATTEN(INPUT => V:tags, OUTER => TRUE) F WHERE ID = 2', [[2, null]]],
    [
      "SELECT F.VALUE:sku::STRING, F.PATH FROM J, TABLE(FLATTEN(V, PATH => 'lines')) F ORDER BY F.INDEX",
      [
        ['m', 'lines[0]'],
        ['s', 'lines[1]'],
      ],
    ],
    ['SELECT SUM(L.VALUE:n::INTEGER) FROM J, LATERAL FLATTEN(J.V:lines) L', [[3]]],
    [
      'SELECT ID, (SELECT COUNT(*) FROM TABLE(FLATTEN(J.V:tags))) FROM J ORDER BY ID',
      [
        [1, 2],
        [2, 0],
      ],
    ],
    [
      "SELECT K.KEY FROM J, LATERAL FLATTEN(V) F, LATERAL FLATTEN(F.VALUE, MODE => 'ARRAY') G, LATERAL FLATTEN(G.VALUE, MODE => 'OBJECT') K WHERE ID = 1 AND G.INDEX = 0 ORDER BY 1",
      [['n'], ['sku']],
    ],
    [
      `SELECT PATH FROM TABLE(FLATTEN(PARSE_JSON('{"a":[1,{"b":2}]}'), RECURSIVE => TRUE)) ORDER BY PATH`,
      [['a'], ['a[0]'], ['a[1]'], ['a[1].b']],
    ],
    // Others
    ["SELECT VALUE FROM TABLE(SPLIT_TO_TABLE('a.b', '.')) ORDER BY INDEX", [['a'], ['b']]],
    ['SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 1000)) G', [[1000]]],
    [
      "SELECT * FROM (SELECT 'q1' AS Q, 5 AS N UNION ALL SELECT 'q2', 6) PIVOT (SUM(N) FOR Q IN ('q1', 'q2'))",
      [[5, 6]],
    ],
    ['SELECT * FROM (SELECT 1 AS ID, 5 AS JAN, NULL::INTEGER AS FEB) UNPIVOT (N FOR M IN (JAN, FEB))', [[1, 'JAN', 5]]],
    ['SELECT COUNT(*) FROM A SAMPLE (100)', [[2]]],
    ['SELECT COUNT(*) FROM A TABLESAMPLE BERNOULLI (1 ROWS)', [[1]]],
  ] as const)('%s', async (sql, expected) => {
    expect(await rows(sql)).toEqual(expected);
  });

  test('PIVOT names its columns by the values, or as it is told', async () => {
    const source = "(SELECT 'FR' AS C, 'red' AS K, 5 AS N)";
    expect(await client.run(`SELECT * FROM ${source} PIVOT (MAX(N) FOR K IN ('red', 'rosé' AS PINK))`)).toEqual([
      { C: 'FR', "'red'": 5, PINK: null },
    ]);
    expect(await client.run(`SELECT R FROM ${source} PIVOT (MAX(N) FOR K IN ('red')) AS P (C, R)`)).toEqual([{ R: 5 }]);
  });

  test.each([
    ['SELECT ID FROM A, B', '002028'],
    ['SELECT * FROM A JOIN B USING (NOSUCH)', '000904'],
    ['SELECT * FROM A JOIN', '001003'],
    ['SELECT * FROM A X PIVOT 1', '001003'],
    ['SELECT C.X FROM A', '000904'],
    ["SELECT * FROM TABLE(FLATTEN('text'))", '001044'],
    ['SELECT * FROM TABLE(NOSUCH(1))', '000002'],
    [`SELECT PATH FROM TABLE(FLATTEN(PARSE_JSON('{"b c":2}'), RECURSIVE => TRUE))`, '000002'],
    ['SELECT * FROM A AT (OFFSET => -60)', '000002'],
    ['SELECT * FROM A MATCH_RECOGNIZE (PATTERN (X))', '000002'],
    ['SELECT * FROM A PIVOT (MAX(ID) FOR X IN (ANY))', '000002'],
    ['SELECT * FROM VALUES (1), (1, 2)', '002020'],
  ])('%s fails with %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
  });
});
