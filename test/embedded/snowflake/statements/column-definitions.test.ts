/** Defaults, AUTOINCREMENT, sequences, keys (docs.snowflake.com/en/sql-reference/sql/create-table and create-sequence). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('column definitions', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run('CREATE OR REPLACE SCHEMA S');
  });
  afterAll(() => warehouse.close());

  const values = async (sql: string) => (await client.run(sql)).map((row) => Object.values(row)[0]);

  test('AUTOINCREMENT numbers the rows of every kind of INSERT', async () => {
    await client.run('CREATE TABLE T (ID INTEGER AUTOINCREMENT START 10 INCREMENT 5, A VARCHAR)');
    await client.run("INSERT INTO T (A) VALUES ('a'), ('b')");
    await client.run("INSERT INTO T (A) SELECT 'c'");
    await client.run('INSERT INTO T (A) VALUES (?)', [['d'], ['e']] as never);
    await client.run(
      "MERGE INTO T USING (SELECT 'f' AS A) S ON T.A = S.A WHEN NOT MATCHED THEN INSERT (A) VALUES (S.A)",
    );
    expect(await values('SELECT ID FROM T ORDER BY ID')).toEqual([10, 15, 20, 25, 30, 35]);
    expect(await client.run('DESCRIBE TABLE T')).toMatchObject([
      { name: 'ID', default: 'IDENTITY START 10 INCREMENT 5 NOORDER', 'null?': 'N' },
      { name: 'A' },
    ]);
  });

  test('a number that is given stays, and a copy of the table counts by itself', async () => {
    await client.run('CREATE TABLE T (ID INTEGER IDENTITY(1, 1), A INTEGER)');
    await client.run('INSERT INTO T VALUES (100, 0)');
    await client.run('INSERT INTO T (A) VALUES (1)');
    await client.run('CREATE TABLE U LIKE T');
    await client.run('INSERT INTO U (A) VALUES (2)');
    expect(await values('SELECT ID FROM T ORDER BY ID')).toEqual([1, 100]);
    expect(await values('SELECT ID FROM U')).toEqual([1]);
  });

  test('defaults are evaluated by each statement, sequences for each row', async () => {
    await client.run('CREATE SEQUENCE SQ START = 5 INCREMENT = 2');
    await client.run(
      "CREATE TABLE T (A INTEGER DEFAULT SQ.NEXTVAL, B VARCHAR(3) DEFAULT 'x' || 'y', C TIMESTAMP_LTZ DEFAULT CURRENT_TIMESTAMP(), D INTEGER)",
    );
    await client.run('INSERT INTO T (D) VALUES (1), (2)');
    await client.run('INSERT INTO T (A, B, D) VALUES (DEFAULT, DEFAULT, 3)');
    expect(await client.run('SELECT A, B, C <= CURRENT_TIMESTAMP() AS PAST FROM T ORDER BY D')).toEqual([
      { A: 5, B: 'xy', PAST: true },
      { A: 7, B: 'xy', PAST: true },
      { A: 9, B: 'xy', PAST: true },
    ]);
    const [before, after] = await Promise.all([
      client.run('SELECT SQ.NEXTVAL AS N'),
      client.run('SELECT SQ.NEXTVAL AS N'),
    ]);
    expect([before[0]?.['N'], after[0]?.['N']]).toEqual([11, 13]);
  });

  test('keys are remembered and never enforced', async () => {
    await client.run(
      'CREATE TABLE T (A INTEGER, B INTEGER UNIQUE, CONSTRAINT PK PRIMARY KEY (A), FOREIGN KEY (B) REFERENCES T (A))',
    );
    await client.run('INSERT INTO T VALUES (1, 1), (1, 1)');
    expect(await values('SELECT COUNT(*) FROM T')).toEqual([2]);
    expect(await client.run('DESCRIBE TABLE T')).toMatchObject([
      { name: 'A', 'null?': 'N', 'primary key': 'Y', 'unique key': 'N' },
      { name: 'B', 'null?': 'Y', 'primary key': 'N', 'unique key': 'Y' },
    ]);
    expect(await client.run('SHOW PRIMARY KEYS IN TABLE T')).toMatchObject([
      { table_name: 'T', column_name: 'A', key_sequence: 1 },
    ]);
  });

  test('temporary tables of one name stand in several schemas', async () => {
    await client.run('CREATE TEMPORARY TABLE T (A INTEGER) ');
    await client.run('CREATE TEMPORARY TABLE RAW_DATA.T (B INTEGER)');
    await client.run('INSERT INTO T VALUES (1)');
    await client.run('INSERT INTO RAW_DATA.T VALUES (2)');
    expect(await client.run('SELECT A, B FROM T, RAW_DATA.T R')).toEqual([{ A: 1, B: 2 }]);
    await client.run('DROP TABLE RAW_DATA.T');
  });

  test.each([
    ['CREATE TABLE T (A VARCHAR AUTOINCREMENT)', '001065'],
    ["CREATE TABLE T (A INTEGER DEFAULT 'x' || B)", '000904'],
    ['CREATE TABLE T (A DATE DEFAULT 5)', '002023'],
    ["CREATE TABLE T (A VARIANT DEFAULT 'x')", '000002'],
    ['CREATE TABLE T (A INTEGER, PRIMARY KEY (B))', '000904'],
    ['CREATE TABLE T (A INTEGER CHECK (A > 0))', '000002'],
    ['CREATE TABLE T ()', '001003'],
    ['CREATE SEQUENCE SQ INCREMENT = 0', '001065'],
    ['SELECT NOSEQ.NEXTVAL', '000904'],
  ])('%s fails with %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
  });
});
