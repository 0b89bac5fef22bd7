/** Views, with what docs.snowflake.com/en/sql-reference/sql/create-view says of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { columnsOf } from '../columns.ts';
import { type Client, connectReady } from '../driver.ts';

describe('views', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run('CREATE OR REPLACE SCHEMA S');
    await client.run('CREATE TABLE WINES (ID INTEGER NOT NULL, NAME VARCHAR(20), PRICE NUMBER(10,2))');
    await client.run("INSERT INTO WINES VALUES (1, 'Merlot', 10), (2, 'Syrah', 20)");
  });
  afterAll(() => warehouse.close());

  const status = async (sql: string) => (await client.run(sql))[0]?.['status'];

  test('show what their query finds when they are read', async () => {
    expect(await status('CREATE VIEW DEAR AS SELECT ID, PRICE * 2 AS DOUBLE FROM WINES WHERE PRICE > 15')).toBe(
      'View DEAR successfully created.',
    );
    await client.run("INSERT INTO WINES VALUES (3, 'Malbec', 30)");
    expect(await client.run('SELECT D.DOUBLE FROM DEAR D ORDER BY 1')).toEqual([{ DOUBLE: 40 }, { DOUBLE: 60 }]);
    expect(await columnsOf(client, 'SELECT * FROM DEAR')).toEqual(['ID fixed(38,0) not null', 'DOUBLE fixed(11,2)']);
  });

  test('give their columns other names, and say so in DESCRIBE', async () => {
    await client.run("CREATE VIEW V (A, B COMMENT 'its name') COMMENT = 'two' AS SELECT ID, NAME FROM WINES");
    expect(await client.run('SELECT B FROM V WHERE A = 1')).toEqual([{ B: 'Merlot' }]);
    expect((await client.run('DESCRIBE VIEW V')).map(({ name, type, comment }) => [name, type, comment])).toEqual([
      ['A', 'NUMBER(38,0)', null],
      ['B', 'VARCHAR(20)', 'its name'],
    ]);
  });

  test('stand on other views, and look names up in their own schema', async () => {
    await client.run('CREATE VIEW V AS SELECT ID FROM WINES');
    await client.run('CREATE VIEW W AS SELECT COUNT(*) AS N FROM V');
    await client.run('USE SCHEMA RAW_DATA');
    expect(await client.run('SELECT N FROM S.W')).toEqual([{ N: 2 }]);
    await client.run('USE SCHEMA S');
  });

  test('are listed by SHOW VIEWS and INFORMATION_SCHEMA, beside tables', async () => {
    await client.run("CREATE SECURE VIEW V COMMENT = 'secret' AS SELECT 1 AS A");
    expect(await client.run("SHOW VIEWS LIKE 'v'")).toMatchObject([
      {
        name: 'V',
        schema_name: 'S',
        comment: 'secret',
        is_secure: 'true',
        is_materialized: 'false',
        text: expect.stringContaining('AS SELECT 1 AS A'),
      },
    ]);
    expect(
      await client.run(
        "SELECT TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'S' ORDER BY 1",
      ),
    ).toEqual([
      { TABLE_NAME: 'V', TABLE_TYPE: 'VIEW' },
      { TABLE_NAME: 'WINES', TABLE_TYPE: 'BASE TABLE' },
    ]);
    expect(await client.run("SELECT IS_SECURE FROM INFORMATION_SCHEMA.VIEWS WHERE TABLE_NAME = 'V'")).toEqual([
      { IS_SECURE: 'YES' },
    ]);
  });

  test('are replaced, renamed and dropped', async () => {
    await client.run('CREATE VIEW V AS SELECT 1 AS A');
    expect(await client.errorOf('CREATE VIEW V AS SELECT 2 AS A')).toMatchObject({ code: '002002', sqlState: '42710' });
    expect(await status('CREATE VIEW IF NOT EXISTS V AS SELECT 2 AS A')).toBe('V already exists, statement succeeded.');
    await client.run('CREATE OR REPLACE VIEW V AS SELECT 3 AS A');
    await client.run('ALTER VIEW V RENAME TO W');
    expect(await client.run('SELECT A FROM W')).toEqual([{ A: 3 }]);
    expect(await status('DROP VIEW W')).toBe('W successfully dropped.');
    expect(await client.errorOf('DROP VIEW W')).toMatchObject({ code: '002003', sqlState: '42S02' });
  });

  test('outlive a table that was made anew, but not one that lost their columns', async () => {
    await client.run('CREATE VIEW V AS SELECT * FROM WINES');
    await client.run('CREATE OR REPLACE TABLE WINES (ID INTEGER)');
    expect(await client.errorOf('SELECT * FROM V')).toMatchObject({ code: '002057', sqlState: '42601' });
    await client.run('DROP TABLE WINES');
    expect(await client.errorOf('SELECT * FROM V')).toMatchObject({ code: '002003' });
  });

  test.each([
    ['CREATE VIEW V AS SELECT NOSUCH FROM WINES', '000904', '42000'],
    ['CREATE VIEW V (A, B) AS SELECT 1', '002057', '42601'],
    ['CREATE VIEW V AS SELECT 1 AS A, 2 AS A', '002025', '42S21'],
    ['CREATE VIEW WINES AS SELECT 1', '002002', '42710'],
    ['CREATE MATERIALIZED VIEW V AS SELECT 1', '000002', '0A000'],
    ['CREATE TEMPORARY VIEW V AS SELECT 1', '000002', '0A000'],
    ['DROP VIEW WINES', '001463', '42601'],
    ['INSERT INTO NOVIEW VALUES (1)', '002003', '42S02'],
  ])('%s fails with %s', async (sql, code, sqlState) => {
    expect(await client.errorOf(sql)).toMatchObject({ code, sqlState });
  });
});
