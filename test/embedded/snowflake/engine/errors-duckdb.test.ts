/** What data makes a statement fail with: the code, the SQL state, and Snowflake's sentence. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toSnowflakeError } from '../../../../src/embedded/snowflake/engine/errors-duckdb.ts';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('errors of data', () => {
  let warehouse: Warehouse;
  let client: Client;
  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE TABLE T (A NUMBER(4,2) NOT NULL, S VARCHAR(3), D DATE, V VARIANT)');
  });
  afterAll(() => warehouse.close());

  test.each([
    ["SELECT 'abc'::INTEGER", '100038', '22018', "Numeric value 'abc' is not recognized"],
    ['SELECT PARSE_JSON(\'"x"\')::INTEGER', '100038', '22018', "Numeric value 'x' is not recognized"],
    ["SELECT 'maybe'::BOOLEAN", '100037', '22018', "Boolean value 'maybe' is not recognized"],
    ["SELECT '2024-02-30'::DATE", '100040', '22007', "Date '2024-02-30' is not recognized"],
    ["SELECT 'soon'::TIMESTAMP_NTZ", '100035', '22007', "Timestamp 'soon' is not recognized"],
    ["SELECT '25:00'::TIME", '100108', '22007', "Time '25:00' is not recognized"],
    ["SELECT 'XYZ'::BINARY", '100115', '22000', "The following string is not a legal hex-encoded value: 'XYZ'"],
    ['SELECT 1 / 0', '100051', '22012', 'Division by zero'],
    ['SELECT 12345::NUMBER(4,2)', '100039', '22003', 'Number out of representable range: 12345'],
    [
      'SELECT COLUMN1::INTEGER::NUMBER(4,0) FROM VALUES (123456)',
      '100046',
      '22003',
      'Number out of representable range: type FIXED(4,0), value 123456',
    ],
    ["INSERT INTO T (A, S) VALUES (1, 'long')", '100078', '22000', "String 'long' is too long and would be truncated"],
    ["INSERT INTO T (S) VALUES ('a')", '100072', '22000', 'NULL result in a non-nullable column A'],
    ['INSERT INTO T (A) VALUES (123)', '100039', '22003', 'Number out of representable range: 123'],
    ['UPDATE T SET A = NULL WHERE FALSE OR A IS NULL', '', '', ''],
    ["SELECT PARSE_JSON('{bad')", '100069', '22P02', 'Error parsing JSON'],
    ["SELECT PARSE_JSON('[1]')::OBJECT", '100071', '22000', 'Failed to cast variant value [1] to OBJECT'],
    [
      'SELECT (SELECT COLUMN1 FROM VALUES (1), (2))',
      '090150',
      '22000',
      'Single-row subquery returns more than one row.',
    ],
  ])('%s', async (sql, code, sqlState, message) => {
    if (code === '') return expect(client.run(sql)).resolves.toBeDefined();
    const error = await client.errorOf(sql);
    expect([error.code, error.sqlState]).toEqual([code, sqlState]);
    expect(error.message).toContain(message);
  });

  test.each([
    ['SELECT NOSUCH FROM T', '000904', '42000', "error line 1 at position 7\ninvalid identifier 'NOSUCH'"],
    [
      'SELECT\n  T."no such"\nFROM T',
      '000904',
      '42000',
      'error line 2 at position 2\ninvalid identifier \'T."no such"\'',
    ],
    ['SELECT * FROM NOSUCH', '002003', '42S02', "Object 'NOSUCH' does not exist or not authorized."],
    ['SELECT * FROM NOSUCH.T', '002003', '02000', "Schema 'WINE_SALES_DB.NOSUCH' does not exist or not authorized."],
    ['SELECT A, COUNT(*) FROM T', '000979', '42601', "'A' is not a valid group by expression"],
    [
      "SELECT UPPER('a', 'b')",
      '000939',
      '22023',
      "too many arguments for function [UPPER('a', 'b')] expected 1, got 2",
    ],
    ['SELECT A::DATE FROM T', '001007', '22023', 'invalid type [CAST(<NUMBER(4,2)> AS DATE)]'],
    ["INSERT INTO T (A, V) SELECT 1, 'text'", '002023', '22000', 'expecting VARIANT but got VARCHAR(4) for column V'],
    ['INSERT INTO T (A, A) VALUES (1, 2)', '002025', '42S21', "duplicate column name 'A'"],
    ['INSERT INTO T (A) VALUES (1, 2)', '002020', '21S01', 'expecting 1 but got 2'],
    ['CREATE TABLE T (A INTEGER)', '002002', '42710', "Object 'WINE_SALES_DB.RAW_DATA.T' already exists."],
    ['SELECT 1 +', '001003', '42000', "syntax error line 1 at position 10 unexpected '<EOF>'."],
  ])('%s does not compile', async (sql, code, sqlState, message) => {
    const error = await client.errorOf(sql);
    expect([error.code, error.sqlState]).toEqual([code, sqlState]);
    expect(error.message).toContain(message);
  });

  test('nothing of a failed INSERT is kept', async () => {
    expect(
      await client.errorOf("INSERT INTO T (A, S) SELECT COLUMN1, COLUMN2 FROM VALUES (1, 'ok'), (2, 'long')"),
    ).toMatchObject({ code: '100078' });
    expect(await client.run('SELECT COUNT(*) AS N FROM T')).toEqual([{ N: 0 }]);
  });

  test('a full disk is no conflict with another transaction', () => {
    const full = 'TransactionContext Error: Failed to commit: Could not write file "/w.wal": No space left on device';
    expect(toSnowflakeError(new Error(full))).toMatchObject({
      code: '000604',
      message: expect.stringMatching(/the disk of the embedded warehouse is full: make room/),
    });
  });

  test('what nobody foresaw is an internal error with the engine’s own first line', () => {
    expect(toSnowflakeError(new Error('Strange Error: it rains\nin Spain'))).toMatchObject({
      code: '000603',
      message: 'SQL execution internal error: Strange Error: it rains',
    });
  });
});
