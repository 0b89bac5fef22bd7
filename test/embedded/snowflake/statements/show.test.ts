/** SHOW … with its filters, in Snowflake's columns (docs.snowflake.com/en/sql-reference/sql/show). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('SHOW', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run("CREATE TABLE ORDERS (ID INTEGER NOT NULL DEFAULT 1 COMMENT 'number', AT TIMESTAMP_NTZ)");
    await client.run('CREATE TRANSIENT TABLE OLD_ORDERS (NAME VARCHAR(10))');
    await client.run('CREATE VIEW RECENT AS SELECT ID FROM ORDERS');
    await client.run('CREATE SEQUENCE NUMBERS START 3');
    await client.run('CREATE SCHEMA OTHER');
    await client.run('CREATE TABLE OTHER.ORDERS (A INTEGER)');
    await client.run('USE SCHEMA RAW_DATA');
  });
  afterAll(() => warehouse.close());

  const names = async (sql: string) => (await client.run(sql)).map(({ name }) => name);

  test.each([
    ['SHOW TABLES', ['OLD_ORDERS', 'ORDERS']],
    ["SHOW TABLES LIKE 'old%'", ['OLD_ORDERS']],
    ["SHOW TABLES STARTS WITH 'OR'", ['ORDERS']],
    ['SHOW TABLES LIMIT 1', ['OLD_ORDERS']],
    ["SHOW TABLES LIMIT 5 FROM 'OLD_ORDERS'", ['ORDERS']],
    ['SHOW TABLES IN OTHER', ['ORDERS']],
    ['SHOW TABLES IN SCHEMA WINE_SALES_DB.OTHER', ['ORDERS']],
    ['SHOW TABLES IN DATABASE WINE_SALES_DB', ['ORDERS', 'OLD_ORDERS', 'ORDERS']],
    ['SHOW TABLES IN ACCOUNT', ['ORDERS', 'OLD_ORDERS', 'ORDERS']],
    ['SHOW VIEWS', ['RECENT']],
    ['SHOW OBJECTS', ['OLD_ORDERS', 'ORDERS', 'RECENT']],
    ['SHOW SCHEMAS', ['OTHER', 'PUBLIC', 'RAW_DATA']],
    ["SHOW SCHEMAS LIKE 'raw\\\\_%' IN DATABASE WINE_SALES_DB", ['RAW_DATA']],
    ['SHOW TERSE TABLES', ['OLD_ORDERS', 'ORDERS']],
    ['SHOW SEQUENCES', ['NUMBERS']],
  ])('%s', async (sql, expected) => {
    expect(await names(sql)).toEqual(expected);
  });

  test('TERSE has five columns', async () => {
    const [row] = await client.run("SHOW TERSE TABLES LIKE 'ORDERS'");
    expect(Object.keys(row ?? {})).toEqual(['created_on', 'name', 'kind', 'database_name', 'schema_name']);
  });

  test('COLUMNS has types as JSON', async () => {
    const rows = await client.run('SHOW COLUMNS IN TABLE ORDERS');
    expect(
      rows.map(({ column_name, data_type, default: value, comment }) => [
        column_name,
        JSON.parse(String(data_type)),
        value,
        comment,
      ]),
    ).toEqual([
      ['ID', { type: 'FIXED', precision: 38, scale: 0, nullable: false }, '1', 'number'],
      ['AT', { type: 'TIMESTAMP_NTZ', precision: 0, scale: 9, nullable: true }, '', ''],
    ]);
    expect((await client.run('SHOW COLUMNS IN VIEW RECENT')).map((row) => row['column_name'])).toEqual(['ID']);
  });

  test('TABLES says the kind, and when a table was made', async () => {
    const [row] = await client.run("SHOW TABLES LIKE 'OLD_ORDERS'");
    expect(row).toMatchObject({
      kind: 'TRANSIENT',
      database_name: 'WINE_SALES_DB',
      schema_name: 'RAW_DATA',
      owner: 'SYSADMIN',
    });
    expect(Date.now() - new Date(String(row?.['created_on'])).getTime()).toBeLessThan(60_000);
  });

  test('SEQUENCES says the next value', async () => {
    await client.run('CREATE SEQUENCE COUNTED START = 3 INCREMENT = 2');
    expect(await client.run("SHOW SEQUENCES LIKE 'COUNTED'")).toMatchObject([{ next_value: 3, interval: 2 }]);
    await client.run('SELECT COUNTED.NEXTVAL');
    expect(await client.run("SHOW SEQUENCES LIKE 'COUNTED'")).toMatchObject([{ next_value: 5 }]);
    await client.run('DROP SEQUENCE COUNTED');
  });

  test('refuses by name what it does not list', async () => {
    await expect(client.run('SHOW PIPES')).rejects.toThrow('SHOW PIPES');
    await expect(client.run('SHOW TABLES WHERE 1')).rejects.toThrow('WHERE');
  });
});
