import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStatements } from '../../../src/embedded/snowflake/sql/tree.ts';
import { describeType, duckType, informationSchemaType, readType } from '../../../src/embedded/snowflake/types.ts';

const read = (text: string) => readType(parseStatements(text)[0]?.nodes ?? []);
const describing = (text: string) => describeType(read(text).type);

describe('types of columns', () => {
  test.each([
    ['INT', 'NUMBER(38,0)', 'DECIMAL(38,0)'],
    ['NUMBER(10, 2)', 'NUMBER(10,2)', 'DECIMAL(10,2)'],
    ['DECIMAL(5)', 'NUMBER(5,0)', 'DECIMAL(5,0)'],
    ['DOUBLE PRECISION', 'FLOAT', 'DOUBLE'],
    ['VARCHAR(20)', 'VARCHAR(20)', 'VARCHAR'],
    ['STRING', 'VARCHAR(16777216)', 'VARCHAR'],
    ['CHAR', 'VARCHAR(1)', 'VARCHAR'],
    ['BINARY', 'BINARY(8388608)', 'BLOB'],
    ['DATETIME', 'TIMESTAMP_NTZ(9)', 'TIMESTAMP'],
    ['TIMESTAMP_LTZ(3)', 'TIMESTAMP_LTZ(3)', 'TIMESTAMPTZ'],
    ['TIME', 'TIME(9)', 'TIME'],
    ['BOOLEAN', 'BOOLEAN', 'BOOLEAN'],
    ['VARIANT', 'VARIANT', 'JSON'],
    ['OBJECT', 'OBJECT', 'JSON'],
    ['ARRAY', 'ARRAY', 'JSON'],
  ])('%s is described as %s and kept as %s', (written, described, kept) => {
    expect(describing(written)).toBe(described);
    expect(duckType(read(written).type)).toBe(kept);
  });

  test('read what belongs to them and no more', () => {
    expect(read('DOUBLE PRECISION NOT NULL').length).toBe(2);
    expect(read('NUMBER(5, 2) DEFAULT 0').length).toBe(2);
    expect(read('VARIANT, B INT').length).toBe(1);
  });

  test('are TEXT in INFORMATION_SCHEMA where they are VARCHAR elsewhere', () => {
    expect(informationSchemaType(read('STRING').type)).toBe('TEXT');
    expect(informationSchemaType(read('INT').type)).toBe('NUMBER');
  });

  test('read again from their description are the same', () => {
    const type = fc.oneof(
      fc
        .record({ p: fc.integer({ min: 1, max: 38 }), s: fc.nat(38) })
        .map(({ p, s }) => `NUMBER(${p},${Math.min(p, s)})`),
      fc.integer({ min: 1, max: 16_777_216 }).map((length) => `VARCHAR(${length})`),
      fc.nat(9).map((scale) => `TIMESTAMP_TZ(${scale})`),
      fc.constantFrom('FLOAT', 'DATE', 'BOOLEAN', 'VARIANT'),
    );
    fc.assert(
      fc.property(type, (text) => {
        expect(describing(text)).toBe(text);
      }),
    );
  });

  test.each([
    ['NUMBER(39, 0)', '001065'],
    ['NUMBER(5, 6)', '001065'],
    ['NUMBER(x)', '001003'],
    ['INT(5)', '001003'],
    ['NOSUCH', '000002'],
    ["'text'", '001003'],
  ])('refuse %s', (written, code) => {
    let thrown: unknown;
    try {
      read(written);
    } catch (reason) {
      thrown = reason;
    }
    expect(thrown).toMatchObject({ code });
  });
});
