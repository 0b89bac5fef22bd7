import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('session variables', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
  });
  beforeEach(async () => {
    client = await connectReady(warehouse);
    await client.run('CREATE OR REPLACE TABLE T (A INTEGER, B VARCHAR)');
    await client.run("INSERT INTO T VALUES (1, 'one'), (2, 'two')");
  });
  afterAll(() => warehouse.close());

  test.each([
    ['a number', '42', '42', 42],
    ['a negative number', '-1.5', '-1.5', -1.5],
    ['a text', "'it''s'", "it's", "it's"],
    ['a boolean', 'TRUE', 'true', true],
    ['NULL', 'NULL', null, null],
    ['an expression', '1 + 2 * 3', '7', 7],
    ['a query', '(SELECT MAX(A) FROM T)', '2', 2],
  ])('keep %s', async (_, expression, text, value) => {
    await client.run(`SET V = ${expression}`);
    expect(await client.run('SELECT $V AS V')).toEqual([{ V: value }]);
    expect(await client.run('SELECT $v::STRING AS V')).toEqual([{ V: text }]);
  });

  test('keep a date and a time stamp', async () => {
    await client.run("SET (D, T) = ('2024-02-29'::DATE, '1969-12-31 12:30:15.5'::TIMESTAMP_NTZ)");
    expect(await client.run('SELECT $D::STRING AS D, $T::STRING AS T')).toEqual([
      { D: '2024-02-29', T: '1969-12-31 12:30:15.500' },
    ]);
  });

  test('stand wherever a value can, and build on each other', async () => {
    await client.run("SET (FIRST, WANTED) = (1, 'two')");
    await client.run('SET NEXT = $FIRST + 1');
    expect(await client.run('SELECT A FROM T WHERE B = $WANTED AND A = $NEXT')).toEqual([{ A: 2 }]);
    await client.run('UPDATE T SET A = A + $FIRST WHERE B = $WANTED');
    await client.run('INSERT INTO T VALUES ($NEXT, $WANTED)');
    expect(await client.run('SELECT A FROM T ORDER BY A')).toEqual([{ A: 1 }, { A: 2 }, { A: 3 }]);
  });

  test('are no names inside of strings', async () => {
    await client.run('SET V = 1');
    expect(await client.run("SELECT '$V' AS A, $$ $V $$ AS B")).toEqual([{ A: '$V', B: ' $V ' }]);
  });

  test('name tables and columns through IDENTIFIER and TABLE', async () => {
    await client.run("SET (TABLE_NAME, COLUMN_NAME) = ('wine_sales_db.raw_data.t', 'b')");
    expect(await client.run('SELECT IDENTIFIER($COLUMN_NAME) FROM IDENTIFIER($TABLE_NAME) WHERE A = 1')).toEqual([
      { B: 'one' },
    ]);
    expect(await client.run('SELECT COUNT(*) AS N FROM TABLE($TABLE_NAME)')).toEqual([{ N: 2 }]);
    expect(await client.run("SELECT A FROM IDENTIFIER('T') WHERE B = 'two'")).toEqual([{ A: 2 }]);
    await client.run(`CREATE TABLE IF NOT EXISTS IDENTIFIER('"lower case"') (A INT)`);
    expect(await client.run('SELECT COUNT(*) AS N FROM "lower case"')).toEqual([{ N: 0 }]);
  });

  test('a bind can be a name too, beside others', async () => {
    expect(await client.run('SELECT A FROM IDENTIFIER(?) WHERE A = ? AND B = ?', ['T', 2, 'two'])).toEqual([{ A: 2 }]);
    expect(await client.errorOf("SELECT A FROM IDENTIFIER('T; DROP TABLE T')")).toMatchObject({ code: '001003' });
  });

  test('are shown, and gone when they are unset', async () => {
    await client.run("SET (A_NUMBER, A_TEXT) = (1, 'x')");
    const shown = await client.run("SHOW VARIABLES LIKE 'a_%'");
    expect(shown.map(({ name, value, type }) => [name, value, type])).toEqual([
      ['A_NUMBER', '1', 'fixed'],
      ['A_TEXT', 'x', 'text'],
    ]);
    await client.run('UNSET (A_NUMBER, A_TEXT)');
    expect(await client.run('SHOW VARIABLES')).toEqual([]);
    expect(await client.errorOf('SELECT $A_TEXT')).toMatchObject({
      code: '002211',
      sqlState: '02000',
      message: expect.stringContaining("Session variable '$A_TEXT' does not exist"),
    });
  });

  test('belong to one session', async () => {
    await client.run('SET MINE = 1');
    const other = await connectReady(warehouse);
    expect(await other.errorOf('SELECT $MINE')).toMatchObject({ code: '002211' });
    expect(await other.run("SELECT GETVARIABLE('MINE') AS V")).toEqual([{ V: null }]);
  });

  test.each([
    ["SET V = PARSE_JSON('{}')", '000002'],
    ['SET (A, B) = (1)', '001003'],
    ['SET V', '001003'],
    ['UNSET', '001003'],
    ['SELECT IDENTIFIER()', '001003'],
  ])('refuse %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
  });
});
