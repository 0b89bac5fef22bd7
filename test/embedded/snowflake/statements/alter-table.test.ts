/** ALTER TABLE (docs.snowflake.com/en/sql-reference/sql/alter-table and alter-table-column). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('ALTER TABLE', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run('CREATE OR REPLACE SCHEMA S');
    await client.run('CREATE TABLE T (A INTEGER, B VARCHAR(3), C NUMBER(5,2))');
    await client.run("INSERT INTO T VALUES (1, 'abc', 1.25)");
  });
  afterAll(() => warehouse.close());

  const types = async (table = 'T') =>
    (await client.run(`DESCRIBE TABLE ${table}`)).map(
      (column) => `${column['name']} ${column['type']} ${column['null?']}`,
    );

  test('makes types wider, and keeps the values', async () => {
    await client.run('ALTER TABLE T ALTER COLUMN B SET DATA TYPE VARCHAR(10), COLUMN C TYPE NUMBER(20,2)');
    expect(await types()).toEqual(['A NUMBER(38,0) Y', 'B VARCHAR(10) Y', 'C NUMBER(20,2) Y']);
    await client.run("UPDATE T SET B = 'longer', C = 123456789.5");
    expect(await client.run('SELECT * FROM T')).toEqual([{ A: 1, B: 'longer', C: 123_456_789.5 }]);
  });

  test('refuses to make them narrower or other ones', async () => {
    expect(await client.errorOf('ALTER TABLE T ALTER COLUMN C SET DATA TYPE NUMBER(10,1)')).toMatchObject({
      code: '002108',
      sqlState: '22000',
    });
    expect(await client.errorOf('ALTER TABLE T ALTER A TYPE VARCHAR')).toMatchObject({ code: '002108' });
  });

  test('sets and drops NOT NULL, where the rows allow it', async () => {
    await client.run('ALTER TABLE T ALTER COLUMN A SET NOT NULL');
    expect(await client.errorOf("INSERT INTO T (B) VALUES ('x')")).toMatchObject({ code: '100072' });
    await client.run('ALTER TABLE T ALTER COLUMN A DROP NOT NULL');
    await client.run("INSERT INTO T (B) VALUES ('x')");
    expect(await client.errorOf('ALTER TABLE T ALTER COLUMN A SET NOT NULL')).toMatchObject({ code: '100072' });
  });

  test('adds columns with defaults, which rows that are there get as well', async () => {
    await client.run("ALTER TABLE T ADD COLUMN D VARCHAR(5) DEFAULT 'new' NOT NULL");
    await client.run('ALTER TABLE T ADD E DATE, F VARIANT');
    await client.run('INSERT INTO T (A) VALUES (2)');
    expect(await client.run('SELECT A, D, E, F FROM T ORDER BY A')).toEqual([
      { A: 1, D: 'new', E: null, F: null },
      { A: 2, D: 'new', E: null, F: null },
    ]);
    expect((await types()).slice(3)).toEqual(['D VARCHAR(5) N', 'E DATE Y', 'F VARIANT Y']);
    expect(await client.errorOf('ALTER TABLE T ADD COLUMN G INTEGER NOT NULL')).toMatchObject({ code: '000002' });
  });

  test('drops and renames columns, IF EXISTS as well', async () => {
    await client.run('ALTER TABLE T DROP COLUMN IF EXISTS NOSUCH, B');
    await client.run('ALTER TABLE T RENAME COLUMN C TO PRICE');
    expect(await client.run('SELECT * FROM T')).toEqual([{ A: 1, PRICE: 1.25 }]);
    expect(await client.errorOf('ALTER TABLE T DROP COLUMN NOSUCH')).toMatchObject({ code: '000904' });
    expect(await client.errorOf('ALTER TABLE T RENAME COLUMN A TO PRICE')).toMatchObject({ code: '001430' });
  });

  test('renames a table, into another schema as well', async () => {
    await client.run('ALTER TABLE T RENAME TO U');
    await client.run('ALTER TABLE U RENAME TO RAW_DATA.MOVED');
    expect(await client.run('SELECT B FROM RAW_DATA.MOVED')).toEqual([{ B: 'abc' }]);
    expect(await client.errorOf('SELECT * FROM U')).toMatchObject({ code: '002003' });
    await client.run('DROP TABLE RAW_DATA.MOVED');
  });

  test('swaps two tables', async () => {
    await client.run('CREATE TABLE U (X INTEGER)');
    await client.run('ALTER TABLE T SWAP WITH U');
    expect(await types()).toEqual(['X NUMBER(38,0) Y']);
    expect(await client.run('SELECT A FROM U')).toEqual([{ A: 1 }]);
  });

  test('keeps comments and the clustering key, which do nothing', async () => {
    await client.run("ALTER TABLE T SET COMMENT = 'all wines'");
    await client.run('ALTER TABLE T CLUSTER BY (A, B)');
    await client.run("COMMENT ON COLUMN T.A IS 'number'");
    expect(await client.run("SHOW TABLES LIKE 'T'")).toMatchObject([
      { comment: 'all wines', cluster_by: 'LINEAR(A, B)' },
    ]);
    expect(await client.run('DESCRIBE TABLE T')).toMatchObject([{ comment: 'number' }, {}, {}]);
    await client.run('ALTER TABLE T DROP CLUSTERING KEY');
    expect(await client.run("SHOW TABLES LIKE 'T'")).toMatchObject([{ cluster_by: '' }]);
  });

  test('does nothing to a table that is not there, if it is told so', async () => {
    await client.run('ALTER TABLE IF EXISTS NOSUCH ADD COLUMN A INTEGER');
    expect(await client.errorOf('ALTER TABLE NOSUCH ADD COLUMN A INTEGER')).toMatchObject({ code: '002003' });
  });
});
