import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('definitions', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run('CREATE OR REPLACE SCHEMA WINE_SALES_DB.S');
  });
  afterAll(() => warehouse.close());

  const status = async (sql: string) => (await client.run(sql))[0]?.status;
  const names = async (sql: string) => (await client.run(sql)).map(({ name }) => name);
  const types = async (table: string) =>
    (await client.run(`DESCRIBE TABLE ${table}`)).map((column) => `${column.name} ${column.type} ${column['null?']}`);

  test('CREATE says what it did, and fails on what is there', async () => {
    expect(await status('CREATE TABLE T (A INT)')).toBe('Table T successfully created.');
    expect(await status('CREATE TABLE IF NOT EXISTS T (A INT)')).toBe('T already exists, statement succeeded.');
    expect(await client.errorOf('CREATE TABLE T (A INT)')).toMatchObject({ code: '002002', sqlState: '42710' });
    expect(await status('CREATE OR REPLACE TABLE T (B INT)')).toBe('Table T successfully created.');
    expect(await types('T')).toEqual(['B NUMBER(38,0) Y']);
    expect(await client.errorOf('CREATE DATABASE WINE_SALES_DB')).toMatchObject({ code: '002002' });
    expect(await client.errorOf('CREATE TABLE NOSUCH.T (A INT)')).toMatchObject({ code: '002003', sqlState: '02000' });
  });

  test('keep every type as DESCRIBE and INFORMATION_SCHEMA name it', async () => {
    await client.run(`CREATE TRANSIENT TABLE T (A VARCHAR(50) NOT NULL, B STRING, C NUMBER(10,2), D FLOAT, E BOOLEAN, F DATE,
      G TIME, H TIMESTAMP_LTZ, I DATETIME, J TIMESTAMP_TZ(3), K VARIANT, L OBJECT, M ARRAY, N BINARY, "o" CHAR, P DOUBLE PRECISION)
      COMMENT = 'all of them'`);
    expect(await types('T')).toEqual([
      'A VARCHAR(50) N',
      'B VARCHAR(16777216) Y',
      'C NUMBER(10,2) Y',
      'D FLOAT Y',
      'E BOOLEAN Y',
      'F DATE Y',
      'G TIME(9) Y',
      'H TIMESTAMP_LTZ(9) Y',
      'I TIMESTAMP_NTZ(9) Y',
      'J TIMESTAMP_TZ(3) Y',
      'K VARIANT Y',
      'L OBJECT Y',
      'M ARRAY Y',
      'N BINARY(8388608) Y',
      'o VARCHAR(1) Y',
      'P FLOAT Y',
    ]);
    const columns = await client.run(`SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH L, NUMERIC_SCALE S
      FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'T' AND ORDINAL_POSITION IN (1, 3) ORDER BY ORDINAL_POSITION`);
    expect(columns).toEqual([
      { COLUMN_NAME: 'A', DATA_TYPE: 'TEXT', L: 50, S: null },
      { COLUMN_NAME: 'C', DATA_TYPE: 'NUMBER', L: null, S: 2 },
    ]);
    expect(await client.run("SHOW TABLES LIKE 't'")).toMatchObject([
      { name: 'T', kind: 'TRANSIENT', comment: 'all of them' },
    ]);
  });

  test('ALTER TABLE adds, renames and drops columns and keeps the rows', async () => {
    await client.run('CREATE TABLE T (A INTEGER DEFAULT 1, B VARCHAR(3))');
    await client.run("INSERT INTO T (B) VALUES ('abc')");
    await client.run('ALTER TABLE T ADD COLUMN C INTEGER, D VARIANT');
    await client.run('ALTER TABLE T ADD COLUMN IF NOT EXISTS C INTEGER');
    expect(await client.errorOf('ALTER TABLE T ADD COLUMN C INTEGER')).toMatchObject({ code: '001430' });
    await client.run("ALTER TABLE T ADD COLUMN E VARCHAR(2) DEFAULT 'x'");
    await client.run('ALTER TABLE T RENAME COLUMN B TO NAME');
    await client.run('ALTER TABLE T DROP COLUMN C');
    expect(await types('T')).toEqual(['A NUMBER(38,0) Y', 'NAME VARCHAR(3) Y', 'D VARIANT Y', 'E VARCHAR(2) Y']);
    expect(await client.run('SELECT * FROM T')).toEqual([{ A: 1, NAME: 'abc', D: null, E: 'x' }]);
    expect(await client.errorOf("UPDATE T SET E = 'long'")).toMatchObject({ code: '100078' });
    await client.run('ALTER TABLE T RENAME TO U');
    expect(await names('SHOW TABLES')).toEqual(['U']);
  });

  test('CREATE TABLE AS and LIKE take columns from elsewhere', async () => {
    await client.run("CREATE TABLE T AS SELECT 1 AS A, 'x' AS B, PARSE_JSON('{}') AS V");
    await client.run('CREATE TABLE U LIKE T');
    expect(await types('U')).toEqual(['A NUMBER(1,0) N', 'B VARCHAR(1) N', 'V VARIANT Y']);
    expect(await client.run('SELECT A FROM T')).toEqual([{ A: 1 }]);
    expect(await client.run('SELECT A FROM U')).toEqual([]);
  });

  test('temporary tables belong to their session', async () => {
    await client.run('CREATE TABLE T (A INT)');
    await client.run('CREATE TEMPORARY TABLE T (B INT)');
    await client.run('INSERT INTO T (B) VALUES (1)');
    const other = await connectReady(warehouse);
    await other.run('USE SCHEMA WINE_SALES_DB.S');
    expect(await other.run('SELECT COUNT(A) AS N FROM T')).toEqual([{ N: 0 }]);
    expect(await client.run('SELECT B FROM T')).toEqual([{ B: 1 }]);
    expect(await client.run('SELECT B FROM WINE_SALES_DB.S.T')).toEqual([{ B: 1 }]);
    await client.run('DROP TABLE T');
    expect(await types('T')).toEqual(['A NUMBER(38,0) Y']);
    await other.destroy();
  });

  test('TRUNCATE and DROP', async () => {
    await client.run('CREATE TABLE T (A INT)');
    await client.run('INSERT INTO T VALUES (1)');
    await client.run('TRUNCATE TABLE IF EXISTS T');
    expect(await client.run('SELECT * FROM T')).toEqual([]);
    expect(await status('DROP TABLE T')).toBe('T successfully dropped.');
    expect(await client.errorOf('DROP TABLE T')).toMatchObject({ code: '002003', sqlState: '42S02' });
    expect(await status('DROP TABLE IF EXISTS T')).toContain('already dropped');
    expect(await client.errorOf('TRUNCATE TABLE T')).toMatchObject({ code: '002003' });
  });

  test('names of three parts and quoted names reach any table', async () => {
    await client.run('CREATE TABLE WINE_SALES_DB.RAW_DATA."my Table" ("a b" INT, A INT)');
    await client.run('INSERT INTO WINE_SALES_DB.RAW_DATA."my Table" ("a b") VALUES (1)');
    expect(await client.run('SELECT T."a b", T.A FROM WINE_SALES_DB.RAW_DATA."my Table" T')).toEqual([
      { 'a b': 1, A: null },
    ]);
    expect(await client.errorOf('SELECT * FROM RAW_DATA."MY TABLE"')).toMatchObject({ code: '002003' });
  });

  test('SHOW lists databases, schemas and tables', async () => {
    await client.run('CREATE TABLE ORDERS (A INT)');
    expect(await names('SHOW DATABASES')).toEqual(['WINE_SALES_DB']);
    expect(await names('SHOW SCHEMAS IN DATABASE WINE_SALES_DB')).toEqual(['PUBLIC', 'RAW_DATA', 'S']);
    expect(await names("SHOW TABLES LIKE '%RDE%' IN SCHEMA WINE_SALES_DB.S")).toEqual(['ORDERS']);
  });

  test('USE changes where names are looked up', async () => {
    await client.run('USE SCHEMA PUBLIC');
    expect(await client.run('SELECT CURRENT_SCHEMA() AS S')).toEqual([{ S: 'PUBLIC' }]);
    expect(await client.errorOf('USE SCHEMA NOSUCH')).toMatchObject({ code: '002043', sqlState: '02000' });
    await client.run('USE WINE_SALES_DB.RAW_DATA');
    expect(await client.run('SELECT CURRENT_SCHEMA() AS S')).toEqual([{ S: 'RAW_DATA' }]);
  });

  test.each([
    ['CREATE TABLE T (A NOSUCHTYPE)', 'NOSUCHTYPE'],
    ['CREATE TABLE T (A INT) STAGE_FILE_FORMAT = (TYPE = CSV)', 'STAGE_FILE_FORMAT'],
    ['ALTER TABLE T SWAP WITH U', ''],
    ['CREATE STAGE S', 'CREATE STAGE'],
    ['CREATE TABLE T (A INT, a INT)', "duplicate column name 'A'"],
  ])('%s is refused by name', async (sql, construct) => {
    await expect(client.run(sql)).rejects.toThrow(construct);
  });
});
