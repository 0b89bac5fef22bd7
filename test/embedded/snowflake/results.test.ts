import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../src/embedded/snowflake/index.ts';
import { type Client, connectReady } from './driver.ts';

describe('results through the driver', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  afterAll(() => warehouse.close());

  test('of no rows have columns all the same', async () => {
    const { statement, rows } = await client.execute("SELECT 1 AS A, 'x' AS B, TRUE AS C WHERE 1 = 0");
    expect(rows).toEqual([]);
    expect(statement.getNumRows()).toBe(0);
    expect(statement.getColumns()?.map((column) => `${column.getName()} ${column.getType()}`)).toEqual([
      'A fixed',
      'B text',
      'C boolean',
    ]);
  });

  test('keep NULLs of every type (but TIME, of which the driver makes the text NULL)', async () => {
    const types = ['NUMBER', 'FLOAT', 'VARCHAR', 'BOOLEAN', 'DATE', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'BINARY'];
    const columns = [...types, 'VARIANT', 'OBJECT', 'ARRAY'].map((type) => `NULL::${type} AS ${type}_`);
    const [row] = await client.run(`SELECT ${columns.join(', ')}`);
    expect(new Set(Object.values(row ?? {}))).toEqual(new Set([null]));
  });

  test('of 100,000 rows come whole, and as a stream in parts', async () => {
    const sql = `SELECT ROW_NUMBER() OVER (ORDER BY NULL) - 1 AS N, 'row ' || N AS S
      FROM TABLE(GENERATOR(ROWCOUNT => 100000)) ORDER BY 1`;
    const { statement, rows } = await client.execute(sql);
    expect(rows).toHaveLength(100_000);
    expect(rows[99_999]).toEqual({ N: 99_999, S: 'row 99999' });
    const part: unknown[] = [];
    for await (const row of statement.streamRows({ start: 50_000, end: 50_002 }) as AsyncIterable<unknown>)
      part.push(row);
    expect(part).toEqual([50_000, 50_001, 50_002].map((n) => ({ N: n, S: `row ${n}` })));
  });

  test('can be streamed as soon as they are there', async () => {
    const streaming = await connectReady(warehouse, { streamResult: true });
    const sum = await new Promise<number>((resolve, reject) => {
      streaming.connection.execute({
        sqlText: 'SELECT ROW_NUMBER() OVER (ORDER BY NULL) - 1 AS N FROM TABLE(GENERATOR(ROWCOUNT => 1000))',
        complete: (error, statement) => {
          if (error) return reject(error);
          let total = 0;
          statement
            .streamRows()
            .on('data', ({ N }: { N: number }) => {
              total += N;
            })
            .on('error', reject)
            .on('end', () => resolve(total));
        },
      });
    });
    expect(sum).toBe(499_500);
  });

  test('can be had as text', async () => {
    const { rows } = await client.execute(
      "SELECT 1.50::NUMBER(5,2) AS N, TRUE AS B, '2024-02-29'::DATE AS D, PARSE_JSON('[1]') AS J, 9007199254740993 AS L",
      { fetchAsString: ['Number', 'Boolean', 'Date', 'JSON'] },
    );
    expect(rows).toEqual([{ N: '1.50', B: 'TRUE', D: '2024-02-29', J: '[1]', L: '9007199254740993' }]);
  });

  test('can be had as arrays, and with duplicate names told apart', async () => {
    const sql = 'SELECT 1 AS A, 2 AS A, 3 AS B';
    expect((await client.execute(sql, { rowMode: 'array' })).rows).toEqual([[1, 2, 3]]);
    const { rows } = await client.execute(sql, { rowMode: 'object_with_renamed_duplicated_columns' });
    expect(rows).toEqual([{ A: 1, A_2: 2, B: 3 }]);
  });

  test('keep whole numbers of 38 digits', async () => {
    const largest = '9'.repeat(38);
    const [row] = await client
      .execute(`SELECT ${largest} AS N, -${largest} AS M`, { fetchAsString: ['Number'] })
      .then(({ rows }) => rows);
    expect(row).toEqual({ N: largest, M: `-${largest}` });
  });

  test('keep moments before 1970 and to the microsecond', async () => {
    const [row] = await client.run(
      "SELECT '1969-12-31 23:59:59.999999'::TIMESTAMP_NTZ AS T, '0001-01-01'::DATE AS D, '23:59:59.999999'::TIME AS O",
    );
    const { T: moment, D: day, O: time } = row as { T: Date & { getNanoSeconds(): number }; D: Date; O: string };
    expect([moment.getTime(), moment.getNanoSeconds()]).toEqual([-1, 999_999_000]);
    expect(day.toISOString()).toBe('0001-01-01T00:00:00.000Z');
    expect(time).toBe('23:59:59');
  });

  test('say what the session uses when they are done', async () => {
    const { statement } = await client.execute('USE WAREHOUSE OTHER_WH');
    expect(statement.getSessionState()).toMatchObject({});
    const state = statement.getSessionState() as unknown as Record<string, () => unknown>;
    expect([state.getCurrentDatabase?.(), state.getCurrentSchema?.(), state.getCurrentWarehouse?.()]).toEqual([
      'WINE_SALES_DB',
      'RAW_DATA',
      'OTHER_WH',
    ]);
  });
});
