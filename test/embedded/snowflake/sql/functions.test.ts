/** Each function over constants, one line each. What the conformance suite has is not repeated here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startWarehouse, type Warehouse } from '../../../../src/embedded/snowflake/index.ts';
import { functionNames } from '../../../../src/embedded/snowflake/sql/functions.ts';
import { type Client, connectReady } from '../driver.ts';

const CASES: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  numbers: [
    ['ROUND(2.345, 2)', 2.35],
    ['ROUND(-1250, -2)', -1300],
    ['TRUNC(-2.57, 1)', -2.5],
    ['TRUNC(1299, -2)', 1200],
    ['CEIL(-2.1)', -2],
    ['FLOOR(2.19, 1)', 2.1],
    ['ROUND(2.5::FLOAT)', 3],
    ['MOD(-7, 3)', -1],
    ['DIV0(5, 0)', 0],
    ['DIV0NULL(5, NULL)', 0],
    ['BITSHIFTLEFT(1, 3)', 8],
    ['FACTORIAL(5)', 120],
    ['WIDTH_BUCKET(7, 0, 10, 5)', 4],
    ['SQUARE(3)', 9],
    ['LOG(10, 100)', 2],
    ["TO_CHAR(1234.5, '999,990.00')", '   1,234.50'],
    ["TO_CHAR(-5, '999')", '  -5'],
    ["TO_CHAR(12, 'FM0000')", '0012'],
    ["TO_CHAR(123456, '999')", '####'],
    ['0.05::VARCHAR', '0.05'],
    ["TO_NUMBER('$1,234.56', '$9,999.99', 10, 1)", 1234.6],
    ["TRY_TO_NUMBER('12 bottles', '99')", null],
  ],
  text: [
    ["LPAD('7', 3, '0')", '007'],
    ["SUBSTR('abc', 0, 2)", 'ab'],
    ["SUBSTR('abc', -2)", 'bc'],
    ["SPLIT_PART('a.b.c', '.', -1)", 'c'],
    ["LTRIM('xxa', 'x')", 'a'],
    ["RIGHT('abc', 0)", ''],
    ["INSERT('abcd', 2, 1, 'ZZ')", 'aZZcd'],
    ["STRTOK('a.b@c', '.@', 3)", 'c'],
    ["CHARINDEX('b', 'abcb', 3)", 4],
    ["'a_b' LIKE 'a^_b' ESCAPE '^'", true],
    ["'abc' LIKE ANY ('x%', 'a%')", true],
    ["'abc' NOT LIKE ALL ('x%', 'a%')", true],
    ["'a' || NULL", null],
    ["JAROWINKLER_SIMILARITY('wine', 'wine')", 100],
    ["MD5('a')", '0cc175b9c0f1b6a831c399e269772661'],
    ["HEX_DECODE_STRING('6162')", 'ab'],
    ["BASE64_DECODE_STRING(BASE64_ENCODE('é'))", 'é'],
    ["TO_VARCHAR(TO_BINARY('ab', 'UTF-8'), 'HEX')", '6162'],
  ],
  'regular expressions': [
    ["REGEXP_SUBSTR('a1b22', '[0-9]+', 1, 2)", '22'],
    ["REGEXP_SUBSTR('key=value', 'key=(.*)', 1, 1, 'e')", 'value'],
    ["REGEXP_REPLACE('2024-05', '([0-9]+)-([0-9]+)', '\\\\2/\\\\1')", '05/2024'],
    ["REGEXP_REPLACE('aaa', 'a', 'b', 1, 1)", 'baa'],
    ["REGEXP_COUNT('aAa', 'a', 1, 'i')", 3],
    ["REGEXP_INSTR('abc', 'c')", 3],
    ["REGEXP_SUBSTR_ALL('a1b2', '[0-9]')", ['1', '2']],
    ["RLIKE('ABC', 'a.*', 'i')", true],
  ],
  conditions: [
    ['NVL2(NULL, 1, 2)', 2],
    ["DECODE(NULL, NULL, 'none', 'some')", 'none'],
    ['GREATEST_IGNORE_NULLS(1, NULL, 3)', 3],
    ['BOOLXOR(TRUE, 0)', true],
    ['NULLIFZERO(0)', null],
    ['1 IS DISTINCT FROM NULL', true],
    ['(1, 2) IN ((1, 2), (3, 4))', true],
    ["'1.0' = 1", true],
  ],
  dates: [
    ["DATEDIFF(WEEK, '2024-01-07'::DATE, '2024-01-08'::DATE)", 1],
    ["DATEDIFF(YEAR, '2023-12-31'::DATE, '2024-01-01'::DATE)", 1],
    ["DATEDIFF(HOUR, '10:59:59'::TIME, '11:00:00'::TIME)", 1],
    ["DATE_TRUNC('WEEK', '2024-05-15'::DATE)", '2024-05-13'],
    ["DATEADD(QUARTER, 1, '2024-01-31'::DATE)", '2024-04-30'],
    ["LAST_DAY('2024-02-10'::DATE)", '2024-02-29'],
    ["LAST_DAY('2024-05-15'::DATE, 'WEEK')", '2024-05-19'],
    ["NEXT_DAY('2024-05-15'::DATE, 'Friday')", '2024-05-17'],
    ["PREVIOUS_DAY('2024-05-15'::DATE, 'wed')", '2024-05-08'],
    ["MONTHS_BETWEEN('2024-03-31'::DATE, '2024-02-29'::DATE)", 1],
    ["DAYOFWEEK('2024-05-19'::DATE)", 0],
    ["DATE_PART(EPOCH_SECOND, '2024-01-01'::TIMESTAMP)", 1_704_067_200],
    ["DATE_PART(TIMEZONE_HOUR, '2024-01-01 00:00:00 +0300'::TIMESTAMP_TZ)", 3],
    ["'2024-01-01'::DATE + INTERVAL '1 month, 1 day'", '2024-02-02'],
    ['(TO_TIMESTAMP(1700000000))::VARCHAR', '2023-11-14 22:13:20.000'],
    ["(TO_TIMESTAMP('1700000000123'))::VARCHAR", '2023-11-14 22:13:20.123'],
    ["TO_DATE('03/05/2024', 'DD/MM/YYYY')", '2024-05-03'],
    ["TO_CHAR('2024-03-05 14:05:06.789'::TIMESTAMP, 'DD-MON-YY HH12:MI:SS.FF3 PM')", '05-Mar-24 02:05:06.789 PM'],
    ["TO_CHAR('2024-03-05'::DATE, 'YYYY\"y\" MMMM')", '2024y March'],
    ["TRY_TO_TIMESTAMP('soon')", null],
    ["TRY_TO_DATE('32/01/2024', 'DD/MM/YYYY')", null],
    [
      "(CONVERT_TIMEZONE('Europe/Paris', '2024-07-01 12:00:00 +0000'::TIMESTAMP_TZ))::VARCHAR",
      '2024-07-01 14:00:00.000 +0200',
    ],
    ["TIME_SLICE('2024-05-15 10:07:00'::TIMESTAMP, 15, 'MINUTE')::VARCHAR", '2024-05-15 10:00:00.000'],
    ["('2024-01-01 10:00:00 +02:00'::TIMESTAMP_NTZ)::VARCHAR", '2024-01-01 10:00:00.000'],
    ["('2024-01-01T10:00:00.5Z'::TIMESTAMP_LTZ)::VARCHAR", '2024-01-01 10:00:00.500 +0000'],
    ["('2024-01-01 10:00:00 +02:00'::TIMESTAMP_LTZ)::VARCHAR", '2024-01-01 08:00:00.000 +0000'],
  ],
  'arrays and objects': [
    ['ARRAY_SLICE([1, 2, 3], 0, -1)', [1, 2]],
    ["ARRAY_SORT([10, 'b', 9, NULL, 'a'])", [9, 10, 'a', 'b', null]],
    ['ARRAY_SORT([1, 2], FALSE)', [2, 1]],
    ['ARRAY_INSERT([1, 3], 1, 2)', [1, 2, 3]],
    ['ARRAY_COMPACT([1, NULL])', [1]],
    ['ARRAY_FLATTEN([[1], [2, 3]])', [1, 2, 3]],
    ['ARRAY_EXCEPT([1, 2], [2])', [1]],
    ['ARRAY_REMOVE([1, 2, 1], 1)', [2]],
    ['ARRAY_GENERATE_RANGE(1, 7, 3)', [1, 4]],
    ['ARRAY_POSITION(3, [1, 3])', 1],
    ["ARRAY_TO_STRING(['a', NULL, 1], '-')", 'a--1'],
    ['ARRAY_MAX([9, 10])', 10],
    ["OBJECT_INSERT({'a':1}, 'b', NULL)", { a: 1 }],
    ["OBJECT_INSERT({'a':1}, 'a', 2, TRUE)", { a: 2 }],
    ["OBJECT_DELETE({'a':1, 'b':2}, 'a')", { b: 2 }],
    ["OBJECT_PICK({'a':1, 'b':2}, ['b'])", { b: 2 }],
    ["{'n':NULL}", { n: null }],
    ['STRIP_NULL_VALUE(PARSE_JSON(\'{"a":null}\'):a)', null],
    ["GET_IGNORE_CASE({'Aa':5}, 'aA')", 5],
    ["AS_INTEGER('5'::VARIANT)", null],
  ],
};

describe('functions', () => {
  let warehouse: Warehouse;
  let client: Client;
  beforeAll(async () => {
    warehouse = await startWarehouse();
    client = await connectReady(warehouse);
  });
  afterAll(() => warehouse.close());

  describe.each(Object.entries(CASES))('over %s', (_, cases) => {
    test.each(cases)('%s', async (expression, value) => {
      const [row] = await client.run(`SELECT ${expression} AS X`);
      const found = row?.['X'];
      expect(found instanceof Date ? String(found.toJSON()) : found).toEqual(value);
    });
  });

  test.each([
    ['UPPER()', '000938', '22023'],
    ["UPPER('a', 'b')", '000939', '22023'],
    ['ARRAY_SIZE(5)', '001044', '42P13'],
    ['SUM([1])', '001044', '42P13'],
    ['NOFN(1)', '002140', '42601'],
    ['ROW_NUMBER()', '001065', '22023'],
    ['DATEADD(CENTURY, 1, CURRENT_DATE())', '001065', '22023'],
    ["OBJECT_INSERT({'a':1}, 'a', 2)", '100103', '22000'],
    ['SQRT(-1)', '100043', '22003'],
  ])('%s fails with %s', async (expression, code, sqlState) => {
    expect(await client.errorOf(`SELECT ${expression}`)).toMatchObject({ code, sqlState });
  });

  test('SEQ4 counts the rows of a GENERATOR, and RANDOM and UUID_STRING differ from row to row', async () => {
    expect(await client.run('SELECT SEQ4() AS N FROM TABLE(GENERATOR(ROWCOUNT => 3)) ORDER BY N')).toEqual([
      { N: 0 },
      { N: 1 },
      { N: 2 },
    ]);
    const [row] = await client.run(`SELECT COUNT(DISTINCT RANDOM()) AS R, COUNT(DISTINCT UUID_STRING()) AS U,
      MIN(UNIFORM(1, 6, RANDOM())) >= 1 AS LOW, MAX(UNIFORM(1, 6, RANDOM())) <= 6 AS HIGH FROM TABLE(GENERATOR(ROWCOUNT => 100))`);
    expect(row).toEqual({ R: 100, U: 100, LOW: true, HIGH: true });
  });

  test('stand in the table once each, by Snowflake’s names', () => {
    const names = functionNames();
    expect(names.length).toBeGreaterThan(300);
    expect(names.every((name) => /^[A-Z][A-Z0-9_$]*$/.test(name))).toBe(true);
  });
});
