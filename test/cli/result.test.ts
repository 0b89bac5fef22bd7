import { describe, expect, test } from 'vitest';
import { formatResult, type Result } from '../../src/cli/result.ts';

const sales: Result = {
  columns: [
    { name: 'PRODUCT', type: 'text' },
    { name: 'orders', type: 'fixed' },
    { name: 'REVENUE', type: 'fixed' },
  ],
  rows: [
    ['Merlot Tradition 🍷', '12', '1234.50'],
    ['Chardonnay', '3', null],
  ],
};

const one = (type: string, ...values: (string | null)[]): Result => ({
  columns: [{ name: 'V', type }],
  rows: values.map((value) => [value]),
});

describe('a result as a table', () => {
  test('has aligned columns under capitals, numbers to the right with all their digits, and counts its rows', () => {
    expect(formatResult(sales, 'table').split('\n')).toEqual([
      'PRODUCT              ORDERS  REVENUE',
      'Merlot Tradition 🍷      12  1234.50',
      'Chardonnay                3     NULL',
      '',
      '2 rows',
      '',
    ]);
  });

  test('shows its header when there is no row', () => {
    expect(formatResult(one('text'), 'table')).toBe('V\n\n0 rows\n');
  });

  test('keeps a cell with line breaks on its line', () => {
    expect(formatResult(one('text', 'a\n  b'), 'table')).toBe('V\na b\n\n1 row\n');
  });
});

describe('a result as JSON', () => {
  test('is an array of objects that parses back', () => {
    expect(JSON.parse(formatResult(sales, 'json'))).toEqual([
      { PRODUCT: 'Merlot Tradition 🍷', orders: 12, REVENUE: 1234.5 },
      { PRODUCT: 'Chardonnay', orders: 3, REVENUE: null },
    ]);
    expect(JSON.parse(formatResult(one('text'), 'json'))).toEqual([]);
  });

  test('gives numbers, booleans and semi-structured values their type', () => {
    expect(JSON.parse(formatResult(one('boolean', 'true', 'false'), 'json'))).toEqual([{ V: true }, { V: false }]);
    expect(JSON.parse(formatResult(one('variant', '{"a":[1]}'), 'json'))).toEqual([{ V: { a: [1] } }]);
    expect(JSON.parse(formatResult(one('text', '1'), 'json'))).toEqual([{ V: '1' }]);
  });

  test('leaves a number as text that a number of JSON would round', () => {
    const values = ['9007199254740993', '0.1234567890123456789', '9007199254740991'];
    expect(JSON.parse(formatResult(one('fixed', ...values), 'json'))).toEqual([
      { V: '9007199254740993' },
      { V: '0.1234567890123456789' },
      { V: 9007199254740991 },
    ]);
  });
});

test('a result as CSV quotes commas, quotes and line breaks, and leaves null empty', () => {
  const text = formatResult(one('text', 'a,b', 'say "hi"', 'two\nlines', null), 'csv');
  expect(text).toBe('V\r\n"a,b"\r\n"say ""hi"""\r\n"two\nlines"\r\n\r\n');
});
