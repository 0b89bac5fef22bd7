import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

/** An expression and its value as the driver gives it. */
const EXPRESSIONS: readonly (readonly [string, unknown])[] = [
  // Numbers: exact, and rounded half away from zero
  ['1/3', 0.333333],
  ['2.5::INT', 3],
  ['(-2.5)::INT', -3],
  ['1.005::DECIMAL(10,2)', 1.01],
  ["PARSE_JSON('1.005')::DECIMAL(10,2)", 1.01],
  ["PARSE_JSON('12345678901234567890')::NUMBER::STRING", '12345678901234567890'],
  ["'1e3'::NUMBER", 1000],
  ["TRY_TO_NUMBER('x')", null],
  ['DIV0(1, 0)', 0],
  ['MOD(7, 3)', 1],
  ['10 - 4 / 2 * 3', 4],
  ['ROUND(2.345, 2)', 2.35],
  // Text
  ["SPLIT_PART('a-b-c', '-', 0)", 'a'],
  ["CONCAT('a', NULL)", null],
  ["CONCAT_WS('-', 'a', NULL)", null],
  ['GREATEST(1, NULL)', null],
  ["REGEXP_LIKE('abc', 'b')", false],
  ["'it''s' || 1 || TRUE", "it's1true"],
  ["LENGTH('🍷é')", 2],
  ["INITCAP('rosé de provence')", 'Rosé De Provence'],
  ["SUBSTR('abcdef', 2, 3)", 'bcd'],
  ["REPLACE('a-b', '-')", 'ab'],
  ['5::VARCHAR', '5'],
  ['1.0::FLOAT::VARCHAR', '1'],
  ["'abcdef'::VARCHAR(3)", 'abc'],
  // Conditions
  ["IFF(1 > 0, 'a', 'b')", 'a'],
  ["NVL(NULL, 'x')", 'x'],
  ["DECODE(2, 1, 'a', 2, 'b', 'c')", 'b'],
  ['EQUAL_NULL(NULL, NULL)', true],
  ["CASE WHEN PARSE_JSON('{\"a\":5}'):a > 4 THEN 'big' ELSE 'small' END", 'big'],
  ["'b' IN ('a', 'b') AND NOT 3 BETWEEN 4 AND 5", true],
  ["'Abc' ILIKE 'a%'", true],
  // VARIANT
  ['PARSE_JSON(\'{"a":{"b":[1,{"c":"x"}]}}\'):a.b[1].c::STRING', 'x'],
  ['PARSE_JSON(\'{"a b":1}\'):"a b"', 1],
  ["PARSE_JSON('{\"a\":1}')['a']", 1],
  ['PARSE_JSON(\'{"a":1}\'):A', null],
  ['PARSE_JSON(\'{"s":"text"}\'):s = \'text\'', true],
  ['PARSE_JSON(\'{"n":10}\'):n > 9', true],
  ['PARSE_JSON(\'{"a":null}\'):a IS NULL', false],
  ['PARSE_JSON(\'{"a":null}\'):a::STRING IS NULL', true],
  ["TRY_PARSE_JSON('{bad')", null],
  ["PARSE_JSON('')", null],
  ["OBJECT_CONSTRUCT('a', 1, 'b', NULL)", { a: 1 }],
  ["OBJECT_CONSTRUCT_KEEP_NULL('b', NULL)", { b: null }],
  ["ARRAY_CONSTRUCT(1, 'a', NULL)", [1, 'a', null]],
  ["ARRAY_SIZE(PARSE_JSON('[1,2]'))", 2],
  ["ARRAY_CONTAINS('a'::VARIANT, ARRAY_CONSTRUCT('a'))", true],
  ["TYPEOF(PARSE_JSON('1.5'))", 'DECIMAL'],
  ["GET(PARSE_JSON('[7]'), 0)", 7],
  ['GET_PATH(PARSE_JSON(\'{"a":[{"b":3}]}\'), \'a[0].b\')', 3],
  ["SPLIT('a,b', ',')", ['a', 'b']],
  // Dates
  ["DATEDIFF(day, '2024-01-01', '2024-03-01')", 60],
  ["TO_CHAR(DATEADD(month, 1, '2024-01-31'::TIMESTAMP_NTZ), 'YYYY-MM-DD')", '2024-02-29'],
  ["TO_VARCHAR(DATE_TRUNC('hour', '2024-01-01 10:20:30'::TIMESTAMP_NTZ))", '2024-01-01 10:00:00.000'],
  ["YEAR('2024-05-06'::DATE) * 100 + MONTH('2024-05-06'::DATE)", 202405],
  ["EXTRACT(HOUR FROM '2024-01-01 10:20:30'::TIMESTAMP)", 10],
];

describe('queries', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE TABLE SALES (ID INTEGER, CHANNEL VARCHAR(10), PRICE NUMBER(10,2), V VARIANT)');
    await client.run(`INSERT INTO SALES SELECT column1, column2, column3, PARSE_JSON(column4) FROM VALUES
      (1, 'E-com', 10.25, '{"tags":["red","dry"],"n":9}'),
      (2, 'E-com', 20.50, '{"tags":[],"n":10}'),
      (3, 'Store', 5, '{"tags":["sweet"],"n":2}')`);
  });
  afterAll(() => warehouse.close());

  test.each(EXPRESSIONS)('%s', async (expression, value) => {
    expect(await client.run(`SELECT ${expression} AS X`)).toEqual([{ X: value }]);
  });

  test('name columns without alias by their text in upper case', async () => {
    const [row] = await client.run(
      'SELECT COUNT(*), sum(price), \'a\', v:n::int, "CHANNEL" c FROM sales GROUP BY ALL LIMIT 1',
    );
    expect(Object.keys(row ?? {})).toEqual(['COUNT(*)', 'SUM(PRICE)', "'A'", 'V:N::INT', 'C']);
  });

  test('take columns whose names are words of other clauses', async () => {
    await client.run(
      'CREATE TABLE WORDS (TOPIC VARCHAR, PARTITION INTEGER, OFFSET INTEGER, NEXT INTEGER, KEY VARCHAR, VALUE INTEGER)',
    );
    await client.run("INSERT INTO WORDS (TOPIC, PARTITION, OFFSET, NEXT, KEY, VALUE) VALUES ('t', 3, 7, 8, 'k', 9)");
    await client.run('UPDATE WORDS SET OFFSET = OFFSET + 1, NEXT = 10 WHERE PARTITION = 3 AND OFFSET = 7');
    const rows = await client.run(
      'SELECT PARTITION, OFFSET, NEXT, KEY, VALUE FROM WORDS WHERE PARTITION IN (3) ORDER BY OFFSET LIMIT 1 OFFSET 0',
    );
    expect(rows).toEqual([{ PARTITION: 3, OFFSET: 8, NEXT: 10, KEY: 'k', VALUE: 9 }]);
  });

  test('tell "id" from ID', async () => {
    expect(await client.run('SELECT "id", id FROM (SELECT 1 AS "id", 2 AS ID)')).toEqual([{ id: 1, ID: 2 }]);
    expect(await client.errorOf('SELECT id FROM (SELECT 1 AS "id")')).toMatchObject({ code: '000904' });
  });

  test('describe their columns as Snowflake does', async () => {
    const { statement } =
      await client.execute(`SELECT ID, PRICE, CHANNEL, V, COUNT(*) N, SUM(PRICE) S, 1.5::FLOAT F, TRUE B,
      CURRENT_DATE() D, CURRENT_TIMESTAMP() T, '2024-01-01'::TIMESTAMP_NTZ NTZ, '10:00:00'::TIME TM FROM SALES GROUP BY ALL LIMIT 0`);
    const columns = statement
      .getColumns()
      ?.map((column) => `${column.getName()} ${column.getType()} ${column.getScale() ?? ''}`.trim());
    expect(columns).toEqual([
      'ID fixed 0',
      'PRICE fixed 2',
      'CHANNEL text',
      'V variant',
      'N fixed 0',
      'S fixed 2',
      'F real',
      'B boolean',
      'D date',
      'T timestamp_ltz 9',
      'NTZ timestamp_ntz 9',
      'TM time 9',
    ]);
  });

  test('keep the declared types of plain columns', async () => {
    await client.run('CREATE TABLE TYPES (A VARCHAR(7), O OBJECT, L ARRAY, Z TIMESTAMP_TZ)');
    const typesOf = async (sql: string) =>
      (await client.execute(sql)).statement.getColumns()?.map((column) => column.getType());
    expect(await typesOf('SELECT * FROM TYPES')).toEqual(['text', 'object', 'array', 'timestamp_tz']);
    expect(await typesOf('SELECT T.O AS X, L, O:a, UPPER(A) A FROM TYPES T WHERE TRUE')).toEqual([
      'object',
      'array',
      'variant',
      'text',
    ]);
    expect(await typesOf('SELECT * EXCLUDE O, L FROM TYPES')).toEqual(['text', 'array', 'timestamp_tz', 'array']);
  });

  test.each([
    ['DUCKDB_TABLES', 'SQLITE_MASTER'],
    ['"X.CSV"', 'MEMORY.MAIN.T'],
  ])('find no table of DuckDB behind the names %s and %s', async (...tables) => {
    for (const table of tables)
      expect(await client.errorOf(`SELECT * FROM ${table}`)).toMatchObject({ code: '002003' });
  });

  test.each([
    ['WITH', 'WITH C AS (SELECT CHANNEL, SUM(PRICE) P FROM SALES GROUP BY 1) SELECT P FROM C ORDER BY P', [5, 30.75]],
    [
      'QUALIFY',
      'SELECT ID FROM SALES QUALIFY ROW_NUMBER() OVER (PARTITION BY CHANNEL ORDER BY PRICE DESC) = 1 ORDER BY ID',
      [2, 3],
    ],
    [
      'a window frame',
      'SELECT SUM(PRICE) OVER (ORDER BY ID ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM SALES ORDER BY ID',
      [10.25, 30.75, 25.5],
    ],
    ['joins', 'SELECT A.ID FROM SALES A LEFT JOIN SALES B ON A.ID = B.ID + 1 WHERE B.ID IS NULL', [1]],
    ['UNION and MINUS', 'SELECT ID FROM SALES UNION ALL SELECT 9 MINUS SELECT 2 ORDER BY 1 DESC', [9, 3, 1]],
    ['subqueries', 'SELECT ID FROM SALES WHERE PRICE > (SELECT AVG(PRICE) FROM SALES)', [2]],
    ['TOP', 'SELECT TOP 1 ID FROM SALES ORDER BY ID DESC', [3]],
    ['VALUES', "SELECT COLUMN2 FROM VALUES (1, 'a'), (2, 'b') ORDER BY COLUMN1 DESC", ['b', 'a']],
    ['GENERATOR', 'SELECT COUNT(*) FROM TABLE(GENERATOR(ROWCOUNT => 7))', [7]],
    ['COUNT_IF', "SELECT COUNT_IF(CHANNEL = 'E-com') FROM SALES", [2]],
    ['LISTAGG', "SELECT LISTAGG(DISTINCT CHANNEL, '|') WITHIN GROUP (ORDER BY CHANNEL) FROM SALES", ['E-com|Store']],
    ['ARRAY_AGG', 'SELECT ARRAY_AGG(ID) WITHIN GROUP (ORDER BY ID DESC) FROM SALES', [[3, 2, 1]]],
    ['an empty ARRAY_AGG', 'SELECT ARRAY_AGG(ID) FROM SALES WHERE FALSE', [[]]],
    ['AVG of NUMBER', 'SELECT AVG(PRICE) FROM SALES', [11.916_666_67]],
    ['SUM of a VARIANT', 'SELECT SUM(V:n) FROM SALES', [21]],
    ['ORDER BY a VARIANT', 'SELECT ID FROM SALES ORDER BY V:n', [3, 1, 2]],
    ['NULLs last', 'SELECT COLUMN1 FROM VALUES (1), (NULL), (2) ORDER BY 1', [1, 2, null]],
    ['NULLs first, descending', 'SELECT COLUMN1 FROM VALUES (1), (NULL), (2) ORDER BY 1 DESC', [null, 2, 1]],
    [
      'FLATTEN of a column',
      'SELECT F.VALUE::STRING FROM SALES, LATERAL FLATTEN(INPUT => V:tags) F ORDER BY 1',
      ['dry', 'red', 'sweet'],
    ],
    [
      'FLATTEN OUTER',
      'SELECT ID FROM SALES, LATERAL FLATTEN(INPUT => V:tags, OUTER => TRUE) F WHERE F.VALUE IS NULL',
      [2],
    ],
    [
      'FLATTEN with PATH',
      "SELECT VALUE FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{\"a\":[1,2]}'), PATH => 'a')) ORDER BY 1",
      [1, 2],
    ],
  ] as const)('know %s', async (_, sql, values) => {
    expect((await client.run(sql)).map((row) => Object.values(row)[0])).toEqual(values);
  });

  test('flatten an object into its six columns', async () => {
    const rows = await client.run(`SELECT * FROM TABLE(FLATTEN(INPUT => PARSE_JSON('{"b":[1],"a":null}')))`);
    expect(rows.map(({ SEQ, ...row }) => row)).toEqual([
      { KEY: 'a', PATH: 'a', INDEX: null, VALUE: null, THIS: { b: [1], a: null } },
      { KEY: 'b', PATH: 'b', INDEX: null, VALUE: [1], THIS: { b: [1], a: null } },
    ]);
  });

  test('take binds by position and by number', async () => {
    expect(await client.run('SELECT :2 AS B, :1 AS A, :2 AS C', ['x', 5])).toEqual([{ B: 5, A: 'x', C: 5 }]);
    expect(
      await client.run('SELECT ID FROM SALES WHERE ID = ? AND PRICE > ? AND CHANNEL = ?', ['2', 1.5, 'E-com']),
    ).toEqual([{ ID: 2 }]);
    expect(await client.run('SELECT ? AS N, ? AS B, ? AS Q', [null, true, "a'b\\c"])).toEqual([
      { N: null, B: true, Q: "a'b\\c" },
    ]);
    expect(await client.errorOf('SELECT ?')).toMatchObject({ code: '002049' });
  });

  test.each([
    ['SELECT 1/0', '100051', '22012'],
    ["SELECT 'abc'::INT", '100038', '22018'],
    ["SELECT '2024-02-30'::DATE", '100040', '22007'],
    ["SELECT 'maybe'::BOOLEAN", '100037', '22018'],
    ['SELECT 12345::NUMBER(4,2)', '100039', '22003'],
    ["SELECT PARSE_JSON('{bad')", '100069', '22P02'],
    ["SELECT PARSE_JSON('5')::OBJECT", '100071', '22000'],
    ['SELECT NOSUCH FROM SALES', '000904', '42000'],
    ['SELECT * FROM NOSUCH', '002003', '42S02'],
    ['SELECT * FROM WINE_SALES_DB.NOSUCH.T', '002003', '02000'],
    ['SELECT NOFN(1)', '002140', '42601'],
    ['SELEC 1', '001003', '42000'],
    ['SELECT (1', '001003', '42000'],
    ['SELECT 1 FROM', '001003', '42000'],
    ['SELECT FROM SALES', '001003', '42000'],
    ['SELECT ID, COUNT(*) FROM SALES', '000979', '42601'],
    ['SELECT ID FROM SALES A, SALES B', '002028', '42601'],
    ['SELECT (SELECT ID FROM SALES)', '090150', '22000'],
  ])('%s fails with %s', async (sql, code, sqlState) => {
    expect(await client.errorOf(sql)).toMatchObject({ code, sqlState });
  });

  test.each([
    ['SELECT * FROM SALES PIVOT (SUM(PRICE) FOR CHANNEL IN (ANY))', 'PIVOT'],
    ['SELECT 1 FROM SALES CONNECT BY ID = 1', 'CONNECT BY'],
    ['SELECT 1::GEOGRAPHY', 'GEOGRAPHY'],
    ['COPY INTO SALES FROM @stage', 'COPY'],
    ['BEGIN LET X := 1; END', 'Snowflake Scripting'],
  ])('%s is refused by name', async (sql, construct) => {
    const statements = sql.includes(';') ? client.runAll(sql, 0) : client.run(sql);
    await expect(statements).rejects.toThrow(construct);
    await expect(client.run('SELECT 1')).resolves.toBeDefined();
  });
});
