import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from '../driver.ts';

describe('INSERT', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  beforeEach(async () => {
    await client.run(`CREATE OR REPLACE TABLE T (ID NUMBER(10,2) DEFAULT 5, NAME VARCHAR(3), V VARIANT, O OBJECT,
      AT TIMESTAMP_NTZ, KEY INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (KEY))`);
  });
  afterAll(() => warehouse.close());

  const all = (columns: string) => client.run(`SELECT ${columns} FROM T ORDER BY ID, NAME`);

  test('takes literals, constant expressions and defaults', async () => {
    const { statement } = await client.execute(
      "INSERT INTO T (ID, NAME, AT) VALUES (1 + 1, 'a', '2024-01-01 10:00:00'), (DEFAULT, NULL, CURRENT_TIMESTAMP())",
    );
    expect(statement.getNumUpdatedRows()).toBe(2);
    expect(await all('ID, NAME, KEY')).toEqual([
      { ID: 2, NAME: 'a', KEY: 0 },
      { ID: 5, NAME: null, KEY: 0 },
    ]);
  });

  test('takes array binds, column by column', async () => {
    const rows = Array.from({ length: 10_000 }, (_, n) => [n, n % 2 === 0 ? `n${n % 10}` : null, '2024-01-01']);
    const { statement } = await client.execute('INSERT INTO T (ID, NAME, AT) VALUES (?, ?, ?)', {
      binds: rows as never,
    });
    expect(statement.getNumUpdatedRows()).toBe(10_000);
    expect(await client.run('SELECT COUNT(*) N, COUNT(NAME) NAMES, SUM(ID) S FROM T')).toEqual([
      { N: 10_000, NAMES: 5000, S: 49_995_000 },
    ]);
  });

  test('takes rows of FLATTEN, with and without names of columns', async () => {
    const json = JSON.stringify([{ id: '1.25', v: { deep: [1, null] }, o: { k: 'v' } }]);
    await client.run(
      'INSERT INTO T (ID, V, O) SELECT value:id::NUMBER(10,2), value:v, value:o::OBJECT FROM TABLE(FLATTEN(PARSE_JSON(?)))',
      [json],
    );
    await client.run("INSERT INTO T SELECT 2, 'b', NULL, NULL, NULL, 1");
    expect(await all('ID, V, O, KEY')).toEqual([
      { ID: 1.25, V: { deep: [1, null] }, O: { k: 'v' }, KEY: 0 },
      { ID: 2, V: null, O: null, KEY: 1 },
    ]);
  });

  test('does not enforce a primary key', async () => {
    await client.run("INSERT INTO T (NAME, KEY) VALUES ('a', 1), ('b', 1)");
    expect(await all('KEY')).toEqual([{ KEY: 1 }, { KEY: 1 }]);
  });

  test('counts the length of text in characters', async () => {
    await client.run("INSERT INTO T (NAME) VALUES ('🍷🥂🍾')");
    expect(await client.errorOf("INSERT INTO T (NAME) VALUES ('🍷🥂🍾!')")).toMatchObject({
      code: '100078',
      sqlState: '22000',
    });
  });

  test.each([
    ["INSERT INTO T (V) VALUES (PARSE_JSON('1'))", '002014'],
    ["INSERT INTO T (V) VALUES ('text')", '002023'],
    ["INSERT INTO T (V) SELECT 'text'", '002023'],
    ['INSERT INTO T (ID, NAME) VALUES (1)', '002020'],
    ['INSERT INTO T (ID, NAME) SELECT 1', '002020'],
    ['INSERT INTO T (NOSUCH) VALUES (1)', '000904'],
    ['INSERT INTO NOSUCH VALUES (1)', '002003'],
    ["INSERT INTO T (ID) VALUES ('abc')", '100038'],
    ['INSERT INTO T (KEY) VALUES (NULL)', '100072'],
    ["INSERT INTO T (O) SELECT PARSE_JSON('[1]')::OBJECT", '100071'],
  ])('%s fails with %s', async (sql, code) => {
    expect(await client.errorOf(sql)).toMatchObject({ code });
    expect(await all('ID')).toEqual([]);
  });

  test('refuses array binds outside of VALUES, and objects as binds', async () => {
    expect(await client.errorOf('INSERT INTO T (ID) SELECT ?', [[1], [2]] as never)).toMatchObject({ code: '000002' });
    expect(await client.errorOf('INSERT INTO T (ID) VALUES (?)', [{ a: 1 }] as never)).toMatchObject({
      code: '000002',
    });
  });

  test('is all or nothing', async () => {
    const batch = JSON.stringify([{ n: 'abc' }, { n: 'abcd' }]);
    const sql = 'INSERT INTO T (NAME) SELECT value:n::STRING FROM TABLE(FLATTEN(PARSE_JSON(?)))';
    expect(await client.errorOf(sql, [batch])).toMatchObject({ code: '100078' });
    expect(await client.errorOf(sql, ['[{"n":1},'])).toMatchObject({ code: '100069', sqlState: '22P02' });
    expect(await all('NAME')).toEqual([]);
  });
});
