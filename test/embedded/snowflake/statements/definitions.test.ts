/** GET_DDL: what it says makes the same thing again (docs.snowflake.com/en/sql-reference/functions/get_ddl). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

let warehouse: Warehouse;
let client: Client;
beforeAll(async () => {
  warehouse = await startWarehouse();
  client = await connectReady(warehouse);
});
afterAll(() => warehouse.close());

const definition = async (kind: string, name: string) =>
  String((await client.run(`SELECT GET_DDL('${kind}', '${name}') AS D`))[0]?.['D']);

test('a table is made again as it was', async () => {
  await client.run(`CREATE TABLE T (ID INTEGER AUTOINCREMENT, "lower Case" VARCHAR(5) NOT NULL DEFAULT 'x' COMMENT 'it''s',
    V VARIANT, PRIMARY KEY (ID)) CLUSTER BY (ID) COMMENT = 'all'`);
  const before = await client.run('DESCRIBE TABLE T');
  const text = await definition('TABLE', 'T');
  expect(text).toContain(`"lower Case" VARCHAR(5) NOT NULL DEFAULT 'x' COMMENT 'it''s'`);
  await client.run(text);
  expect(await client.run('DESCRIBE TABLE T')).toEqual(before);
  expect(await definition('TABLE', 'WINE_SALES_DB.RAW_DATA.T')).toBe(text);
});

test('a view is made again as it was', async () => {
  await client.run("CREATE VIEW W (A) COMMENT = 'one' AS SELECT 1");
  await client.run(await definition('VIEW', 'W'));
  expect(await client.run('SELECT A FROM W')).toEqual([{ A: 1 }]);
});

test('what there is not has no definition', async () => {
  expect(await client.errorOf("SELECT GET_DDL('TABLE', 'NOSUCH')")).toMatchObject({ code: '002003' });
  expect(await client.errorOf("SELECT GET_DDL('SCHEMA', 'RAW_DATA')")).toMatchObject({ code: '000002' });
});
