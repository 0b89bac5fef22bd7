/**
 * Types of results, column by column. Precision and scale of arithmetic follow Snowflake's page "Arithmetic operators"
 * (docs.snowflake.com/en/sql-reference/operators-arithmetic).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { columnsOf } from '../columns.ts';
import { type Client, connectReady } from '../driver.ts';

/** An expression over the table T, its type, and its value as the driver gives it. */
const TYPES: readonly (readonly [string, string, unknown])[] = [
  // Literals
  ['12', 'fixed(2,0) not null', 12],
  ['-1.50', 'fixed(3,2) not null', -1.5],
  ['0.05', 'fixed(2,2) not null', 0.05],
  ['1e3', 'real not null', 1000],
  ["'abc'", 'text not null', 'abc'],
  ['NULL', 'text', null],
  ['TRUE', 'boolean not null', true],
  ["DATE '2024-01-02'", 'date not null', '2024-01-02'],
  // Sums: the larger scale, one more leading digit
  ['N + 1', 'fixed(11,2) not null', 11.25],
  ['N - 0.125', 'fixed(12,3) not null', 10.125],
  ['I + 1', 'fixed(38,0)', 4],
  ['-N', 'fixed(10,2) not null', -10.25],
  // Products: the scales together, up to 12 or the larger one
  ['N * 2', 'fixed(11,2) not null', 20.5],
  ['N * 0.1', 'fixed(11,3) not null', 1.025],
  ['0.0000001 * 0.0000001', 'fixed(12,12) not null', 0],
  // Quotients: six more places, up to 12; rounded half away from zero
  ['1 / 3', 'fixed(7,6) not null', 0.333333],
  ['2 / 3', 'fixed(7,6) not null', 0.666667],
  ['N / 3', 'fixed(16,8) not null', 3.416_666_67],
  ['I / N', 'fixed(38,6)', 0.292683],
  ['-1 / 3', 'fixed(7,6) not null', -0.333333],
  ['N % 3', 'fixed(3,2) not null', 1.25],
  // A FLOAT makes a FLOAT, and so does a VARIANT
  ['F * 2', 'real', 3],
  ['1 / F', 'real', 2 / 3],
  ['V:n + 1', 'real', 8],
  // Aggregates
  ['COUNT(*)', 'fixed(18,0) not null', 1],
  ['COUNT_IF(I > 1)', 'fixed(18,0) not null', 1],
  ['SUM(I)', 'fixed(38,0)', 3],
  ['SUM(N)', 'fixed(38,2)', 10.25],
  ['SUM(F)', 'real', 1.5],
  ['AVG(I)', 'fixed(38,6)', 3],
  ['AVG(N)', 'fixed(38,8)', 10.25],
  ['AVG(F)', 'real', 1.5],
  ['MEDIAN(N)', 'fixed(13,5)', 10.25],
  ['MIN(N)', 'fixed(10,2)', 10.25],
  ['MAX(S)', 'text', 'red'],
  ['STDDEV(N)', 'real', null],
  ['ARRAY_AGG(I)', 'array not null', [3]],
  ["LISTAGG(S, ',')", 'text not null', 'red'],
  // Rounding
  ['ROUND(N)', 'fixed(11,0) not null', 10],
  ['ROUND(N, 1)', 'fixed(11,1) not null', 10.3],
  ['ROUND(N, 5)', 'fixed(10,2) not null', 10.25],
  ['ROUND(1250, -2)', 'fixed(5,0) not null', 1300],
  ['ROUND(-2.5)', 'fixed(3,0) not null', -3],
  ['TRUNC(N, 1)', 'fixed(10,1) not null', 10.2],
  ['ROUND(F)', 'real', 2],
  // Dates
  ['D', 'date', '2024-01-31'],
  ['D + 1', 'date', '2024-02-01'],
  ["D - DATE '2024-01-01'", 'fixed(9,0)', 30],
  ['DATEADD(MONTH, 1, D)', 'date', '2024-02-29'],
  ['DATEADD(HOUR, 1, D)', 'timestamp_ntz(9)', '2024-01-31 01:00:00.000'],
  ["DATE_TRUNC('MONTH', D)", 'date', '2024-01-01'],
  ['NTZ', 'timestamp_ntz(9)', '2024-01-31 10:20:30.000'],
  ['LTZ', 'timestamp_ltz(9)', '2024-01-31 08:20:30.000 +0000'],
  ['TZ', 'timestamp_tz(9)', '2024-01-31 10:20:30.000 +0200'],
  ['DATEADD(DAY, 1, TZ)', 'timestamp_tz(9)', '2024-02-01 10:20:30.000 +0200'],
  ['TZ::TIMESTAMP_NTZ', 'timestamp_ntz(9)', '2024-01-31 10:20:30.000'],
  ['TM', 'time(9)', '10:20:30'],
  ['CURRENT_TIMESTAMP() IS NULL', 'boolean not null', false],
  ['YEAR(D)', 'fixed(4,0)', 2024],
  ['DATEDIFF(DAY, D, D)', 'fixed(9,0)', 0],
  // Semi-structured
  ['V', 'variant', { n: 7 }],
  ['V:n', 'variant', 7],
  ['V:n::INTEGER', 'fixed(38,0)', 7],
  ["OBJECT_CONSTRUCT('a', I)", 'object not null', { a: 3 }],
  ['[I, S]', 'array not null', [3, 'red']],
  ["{'a':1}", 'object not null', { a: 1 }],
  ["SPLIT(S, 'e')", 'array', ['r', 'd']],
  // Conditions take the type that their values have together
  ['IFF(TRUE, 1, 2.5)', 'fixed(2,1) not null', 1],
  ["COALESCE(S, 'none')", 'text not null', 'red'],
  ['CASE WHEN FALSE THEN 1 END', 'fixed(1,0)', null],
  ['NVL(V, 1)', 'variant not null', { n: 7 }],
];

describe('types of results', () => {
  let warehouse: Warehouse;
  let client: Client;

  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
    await client.run(`CREATE TABLE T (I INTEGER, N NUMBER(10,2) NOT NULL, F FLOAT, S VARCHAR(5), D DATE, NTZ TIMESTAMP_NTZ,
      LTZ TIMESTAMP_LTZ, TZ TIMESTAMP_TZ, TM TIME, V VARIANT)`);
    await client.run(`INSERT INTO T SELECT 3, 10.25, 1.5, 'red', '2024-01-31', '2024-01-31 10:20:30', '2024-01-31 10:20:30 +02:00',
      '2024-01-31 10:20:30 +02:00', '10:20:30', PARSE_JSON('{"n":7}')`);
  });
  afterAll(() => warehouse.close());

  test.each(TYPES)('%s is %s', async (expression, type, value) => {
    const sql = `SELECT ${expression} AS X FROM T`;
    expect(await columnsOf(client, sql)).toEqual([`X ${type}`]);
    const [row] = await client.run(sql);
    const found = row?.['X'];
    expect(found instanceof Date ? String(found.toJSON()) : found).toEqual(value);
  });

  test('a column of an outer join may be NULL, whatever its table says', async () => {
    expect(await columnsOf(client, 'SELECT A.N, B.N AS M FROM T A LEFT JOIN T B ON FALSE')).toEqual([
      'N fixed(10,2) not null',
      'M fixed(10,2)',
    ]);
  });

  test('a set operator joins the types of its branches', async () => {
    expect(await columnsOf(client, "SELECT 1 AS A, NULL AS B UNION ALL SELECT 2.55, DATE '2024-01-01'")).toEqual([
      'A fixed(3,2) not null',
      'B date',
    ]);
    expect(await client.errorOf('SELECT 1 UNION ALL SELECT 1, 2')).toMatchObject({ code: '001789', sqlState: '42601' });
    expect(await client.errorOf("SELECT 1 UNION ALL SELECT DATE '2024-01-01'")).toMatchObject({
      code: '001007',
      sqlState: '22023',
    });
  });

  test('a time stamp with time zone keeps its offset through tables, and compares by its instant', async () => {
    await client.run(
      "CREATE TABLE Z AS SELECT '2024-07-01 12:00:00 +0200'::TIMESTAMP_TZ AS A, '2024-07-01 10:00:00 +0000'::TIMESTAMP_TZ AS B",
    );
    const [row] = await client.run(
      'SELECT A::VARCHAR AS A, B::VARCHAR AS B, A = B AS SAME, DATEDIFF(HOUR, A, B) AS H FROM Z',
    );
    expect(row).toEqual({ A: '2024-07-01 12:00:00.000 +0200', B: '2024-07-01 10:00:00.000 +0000', SAME: true, H: -2 });
  });

  test('time stamps follow the time zone of the session', async () => {
    const paris = await connectReady(warehouse);
    await paris.run("ALTER SESSION SET TIMEZONE = 'Europe/Paris'");
    const instant = "'2024-07-01 12:00:00 +00:00'::TIMESTAMP_LTZ";
    const [row] =
      await paris.run(`SELECT ${instant}::VARCHAR AS TEXT, ${instant}::TIMESTAMP_NTZ::VARCHAR AS WALL, HOUR(${instant}) AS H,
      '2024-07-01 12:00:00'::TIMESTAMP_TZ::VARCHAR AS LOCAL, '2024-07-01 12:00:00 -0500'::TIMESTAMP_TZ::VARCHAR AS FAR,
      DATE_TRUNC('DAY', '2024-07-01 23:00:00 +0000'::TIMESTAMP_LTZ)::VARCHAR AS DAY, TO_CHAR(${instant}, 'TZH:TZM') AS ZONE,
      DATE_PART(EPOCH_SECOND, ${instant}) AS EPOCH, TO_TIMESTAMP_NTZ(0)::VARCHAR AS ZERO`);
    expect(row).toEqual({
      TEXT: '2024-07-01 14:00:00.000 +0200',
      WALL: '2024-07-01 14:00:00.000',
      H: 14,
      LOCAL: '2024-07-01 12:00:00.000 +0200',
      FAR: '2024-07-01 12:00:00.000 -0500',
      DAY: '2024-07-02 00:00:00.000 +0200',
      ZONE: '+02:00',
      EPOCH: 1_719_835_200,
      ZERO: '1970-01-01 00:00:00.000',
    });
  });
});
