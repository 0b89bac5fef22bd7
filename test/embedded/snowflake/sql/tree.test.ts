import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStatements } from '../../../../src/embedded/snowflake/sql/tree.ts';

describe('splitting a request into statements', () => {
  const literal = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', ';', '-', '$', ' ') }).map((text) => `'${text}'`),
    fc.string({ unit: fc.constantFrom('a', ';', "'", '-') }).map((text) => `$$${text}$$`),
    fc.constantFrom('?', '1.5', 'NAME', '"quo;ted"', '(1, (2))', 'v:a[0]::INT', '/* ; */ x', '-- ; \n y'),
  );
  const statement = fc.array(literal, { minLength: 1, maxLength: 6 }).map((parts) => `SELECT ${parts.join(' ')}`);

  test('finds each statement, whatever its literals hold', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), (texts) => {
        const found = parseStatements(texts.join(';\n'));
        expect(found.map(({ text }) => text)).toEqual(texts);
      }),
    );
  });

  test('counts the binds before each statement', () => {
    const found = parseStatements("BEGIN; UPDATE t SET a = ? WHERE b = ?; INSERT INTO t SELECT '?', f(g(?)); COMMIT;;");
    expect(found.map(({ bindsBefore }) => bindsBefore)).toEqual([0, 0, 2, 3]);
  });

  test.each([
    ['SELECT (1', "unexpected '<EOF>'"],
    ['SELECT 1)', "unexpected ')'"],
    ['SELECT (1]', "unexpected ']'"],
  ])('refuses %s', (text, message) => {
    expect(() => parseStatements(text)).toThrow(message);
  });
});
