import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connect, connectReady } from '../driver.ts';

describe('USE and transaction control', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run('CREATE DATABASE OTHER');
    await client.run('CREATE SCHEMA OTHER."lower"');
  });
  afterAll(() => warehouse.close());

  const current = async () =>
    Object.values(
      (await client.run('SELECT CURRENT_DATABASE(), CURRENT_SCHEMA(), CURRENT_WAREHOUSE(), CURRENT_ROLE()'))[0] ?? {},
    );

  test.each([
    ['USE DATABASE OTHER', ['OTHER', 'PUBLIC']],
    ['USE SCHEMA OTHER."lower"', ['OTHER', 'lower']],
    ['USE WINE_SALES_DB.RAW_DATA', ['WINE_SALES_DB', 'RAW_DATA']],
    ['USE SCHEMA PUBLIC', ['WINE_SALES_DB', 'PUBLIC']],
    ['USE other', ['OTHER', 'PUBLIC']],
  ])('%s', async (sql, expected) => {
    await client.run(sql);
    expect((await current()).slice(0, 2)).toEqual(expected);
  });

  test('USE WAREHOUSE and USE ROLE', async () => {
    await client.run('USE WAREHOUSE BIG');
    await client.run('USE ROLE LOADER');
    expect((await current()).slice(2)).toEqual(['BIG', 'LOADER']);
  });

  test('without a current database says how to get one', async () => {
    const fresh = await connect(warehouse, { database: 'NOSUCH', schema: 'NOSUCH' });
    expect(await fresh.errorOf('USE SCHEMA PUBLIC')).toMatchObject({
      code: '090105',
      message: expect.stringContaining("Call 'USE DATABASE'"),
    });
  });

  test.each([
    ['USE DATABASE NOSUCH', '002043'],
    ['USE SCHEMA OTHER.NOSUCH', '002043'],
    // A request of two statements has a code of its own.
    ['BEGIN LET X := 1; END', '100132'],
    ['START SOMETHING', '000002'],
    ['COMMIT NOW', '001003'],
    ['ROLLBACK TO A_SAVEPOINT', '001003'],
  ])('%s is refused with %s', async (sql, code) => {
    const statements = sql.includes(';') ? client.runAll(sql, 0) : client.run(sql);
    await expect(statements).rejects.toMatchObject({ code });
  });

  test.each([
    'BEGIN',
    'BEGIN WORK',
    'BEGIN TRANSACTION',
    'BEGIN NAME N',
    'BEGIN TRANSACTION NAME N',
    'START TRANSACTION',
  ])('%s begins', async (sql) => {
    await client.run(sql);
    const [row] = await client.run('SELECT CURRENT_TRANSACTION() IS NOT NULL AS OPEN');
    expect(row).toEqual({ OPEN: true });
    await client.run('COMMIT WORK');
  });
});
