/** INFORMATION_SCHEMA (docs.snowflake.com/en/sql-reference/info-schema). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { columnsOf } from '../columns.ts';
import { type Client, connectReady } from '../driver.ts';

describe('INFORMATION_SCHEMA', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run(
      "CREATE TABLE T (ID INTEGER AUTOINCREMENT, S VARCHAR(10) NOT NULL DEFAULT 'x', N NUMBER(10,2), B BINARY, AT TIMESTAMP_LTZ(3), V VARIANT)",
    );
    await client.run('CREATE VIEW W AS SELECT N FROM T');
  });
  afterAll(() => warehouse.close());

  test('COLUMNS has Snowflake’s words for types, and their sizes', async () => {
    const rows =
      await client.run(`SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT, CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH,
      NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, IS_IDENTITY FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'T' ORDER BY ORDINAL_POSITION`);
    expect(rows.map((row) => Object.values(row))).toEqual([
      ['ID', 'NUMBER', 'NO', null, null, null, 38, 0, null, 'YES'],
      ['S', 'TEXT', 'NO', "'x'", 10, 40, null, null, null, 'NO'],
      ['N', 'NUMBER', 'YES', null, null, null, 10, 2, null, 'NO'],
      ['B', 'BINARY', 'YES', null, 8_388_608, 8_388_608, null, null, null, 'NO'],
      ['AT', 'TIMESTAMP_LTZ', 'YES', null, null, null, null, null, 3, 'NO'],
      ['V', 'VARIANT', 'YES', null, null, null, null, null, null, 'NO'],
    ]);
  });

  test('is of a database, and joins like any table', async () => {
    expect(
      await client.run(`SELECT T.TABLE_TYPE, COUNT(*) AS N FROM WINE_SALES_DB.INFORMATION_SCHEMA.TABLES T
        JOIN WINE_SALES_DB.INFORMATION_SCHEMA.COLUMNS C USING (TABLE_SCHEMA, TABLE_NAME) GROUP BY ALL ORDER BY 1`),
    ).toEqual([
      { TABLE_TYPE: 'BASE TABLE', N: 6 },
      { TABLE_TYPE: 'VIEW', N: 1 },
    ]);
    expect(await columnsOf(client, 'SELECT TABLE_NAME, CREATED FROM INFORMATION_SCHEMA.TABLES')).toEqual([
      'TABLE_NAME text',
      'CREATED timestamp_ltz(9)',
    ]);
    expect(await client.run('SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1')).toEqual([
      { SCHEMA_NAME: 'INFORMATION_SCHEMA' },
      { SCHEMA_NAME: 'PUBLIC' },
      { SCHEMA_NAME: 'RAW_DATA' },
    ]);
  });

  test('refuses views that it does not have, and databases that there are not', async () => {
    await expect(client.run('SELECT * FROM INFORMATION_SCHEMA.LOAD_HISTORY')).rejects.toThrow(
      'INFORMATION_SCHEMA.LOAD_HISTORY',
    );
    expect(await client.errorOf('SELECT * FROM NOSUCH.INFORMATION_SCHEMA.TABLES')).toMatchObject({
      code: '002003',
      sqlState: '02000',
    });
  });
});
