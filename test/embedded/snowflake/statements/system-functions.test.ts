import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('functions of the session', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  afterAll(() => warehouse.close());

  test('can be called, and stand in a query with a name of their own', async () => {
    expect(await client.run("SELECT SYSTEM$WAIT(1, 'MILLISECONDS') AS W")).toEqual([{ W: 'waited 1 milliseconds' }]);
    expect(await client.run('CALL SYSTEM$WAIT(0.001)')).toEqual([{ SYSTEM$WAIT: 'waited 0.001 seconds' }]);
    const { statement } = await client.execute('SELECT SYSTEM$WAIT(0), LAST_QUERY_ID()');
    expect(statement.getColumns()?.map((column) => column.getName())).toEqual(['SYSTEM$WAIT(0)', 'LAST_QUERY_ID()']);
  });

  test('CURRENT_STATEMENT is the text of the statement that asks', async () => {
    expect(await client.run('SELECT CURRENT_STATEMENT() AS S')).toEqual([{ S: 'SELECT CURRENT_STATEMENT() AS S' }]);
  });

  test('take constants, variables and each other as arguments', async () => {
    await client.run('SET PLACE = -1');
    expect(await client.run('SELECT LAST_QUERY_ID($PLACE) = LAST_QUERY_ID() AS SAME')).toEqual([{ SAME: true }]);
    expect(await client.run('SELECT SYSTEM$CANCEL_QUERY(LAST_QUERY_ID()) AS S')).toEqual([
      { S: 'Identified SQL statement is not currently executing.' },
    ]);
    expect(await client.errorOf('SELECT SYSTEM$CANCEL_QUERY(CURRENT_TRANSACTION())')).toMatchObject({ code: '001044' });
  });

  test('do their work once, however many rows there are', async () => {
    const before = performance.now();
    const sql = "SELECT SYSTEM$WAIT(200, 'MILLISECONDS') AS W FROM TABLE(GENERATOR(ROWCOUNT => 1000))";
    expect(await client.run(sql)).toHaveLength(1000);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  test.each([
    ['SELECT SYSTEM$WAIT()', '001044'],
    ["SELECT SYSTEM$WAIT(1, 'FORTNIGHTS')", '001044'],
    ['SELECT LAST_QUERY_ID(0)', '001044'],
    ['SELECT SYSTEM$CANCEL_QUERY()', '001044'],
    ["SELECT SYSTEM$CANCEL_QUERY(A) FROM (SELECT 'x' AS A)", '001044'],
    ['SELECT SYSTEM$WHITELIST()', '000002'],
    ['CALL MY_PROCEDURE()', '000002'],
  ])('%s is refused with %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
  });
});
