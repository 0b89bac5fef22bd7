import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Bindings, BindWriter } from '../../../../src/embedded/snowflake/sql/binds.ts';
import type { Token } from '../../../../src/embedded/snowflake/sql/lexer.ts';
import { parseStatements, type Statement } from '../../../../src/embedded/snowflake/sql/tree.ts';

/** The question marks of a request's only statement, and a writer for them. */
function binding(bindings: Bindings, sql = 'SELECT ?', at = 0): { binds: BindWriter; marks: Token[] } {
  const { nodes, bindsBefore } = parseStatements(sql)[at] as Statement;
  const marks = nodes.filter((node): node is Token => node.kind === 'bind');
  return { binds: new BindWriter(bindings, bindsBefore, nodes), marks };
}

/** What the first question mark becomes. */
function written(bind: Bindings[string]) {
  const { binds, marks } = binding({ 1: bind });
  return binds.write(marks[0] as Token);
}

describe('binds', () => {
  test.each([
    ['FIXED', '12', '12', 'NUMBER'],
    ['FIXED', '-12', '(-12)', 'NUMBER'],
    ['FIXED', '2.5', '2.5', 'NUMBER'],
    ['FIXED', '1; DROP TABLE T', "'1; DROP TABLE T'", 'VARCHAR'],
    ['REAL', '1e3', "CAST('1e3' AS DOUBLE)", 'FLOAT'],
    ['BOOLEAN', 'true', "CAST('true' AS BOOLEAN)", 'BOOLEAN'],
    ['TEXT', "it's", "'it''s'", 'VARCHAR'],
  ])('of %s %s become a literal', (type, value, sql, name) => {
    expect(written({ type, value })).toMatchObject({ sql, type: { name }, literal: true });
  });

  test('that are null are NULL of any type', () => {
    for (const type of ['FIXED', 'REAL', 'TEXT', 'BOOLEAN']) expect(written({ type, value: null }).sql).toBe('NULL');
  });

  test('of any text are one literal that stands for it, or a parameter that holds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const { binds, marks } = binding({ 1: { type: 'TEXT', value } });
        const { sql } = binds.write(marks[0] as Token);
        if (binds.parameters.length > 0) expect(binds.parameters).toEqual([value]);
        else {
          expect(sql.slice(1, -1).replaceAll("''", "'")).toBe(value);
          expect(sql.slice(1, -1).replaceAll("''", '')).not.toContain("'");
        }
      }),
    );
  });

  test('that are long become parameters, in order', () => {
    const bindings: Bindings = { 1: { type: 'TEXT', value: 'x'.repeat(5000) }, 2: { type: 'TEXT', value: 'a\0b' } };
    const { binds, marks } = binding(bindings, 'SELECT ?, ?');
    expect(marks.map((mark) => binds.write(mark).sql)).toEqual(['CAST($1 AS VARCHAR)', 'CAST($2 AS VARCHAR)']);
    expect(binds.parameters.map(({ length }) => length)).toEqual([5000, 3]);
  });

  test('are counted through all statements of a request, or named by number in any order', () => {
    const bindings: Bindings = Object.fromEntries([1, 2, 3].map((n) => [n, { type: 'FIXED', value: String(n) }]));
    const sql = "SELECT ?, '?' ; SELECT ?, ?; SELECT :3, :1, :3";
    const each = [0, 1, 2].map((at) => {
      const { binds, marks } = binding(bindings, sql, at);
      return marks.map((mark) => binds.write(mark).sql);
    });
    expect(each).toEqual([['1'], ['2', '3'], ['3', '1', '3']]);
  });

  test.each([
    ['that are missing', {}, { code: '002049', message: expect.stringContaining('Bind variable ? not set.') }],
    ['of VARIANT', { 1: { type: 'VARIANT', value: '{}' } }, { code: '000002' }],
    ['that are arrays, outside of VALUES', { 1: { type: 'FIXED', value: ['1', '2'] } }, { code: '000002' }],
    ['of a type that nobody knows', { 1: { type: 'GEOGRAPHY', value: 'x' } }, { code: '000002' }],
  ])('%s are refused', (_, bindings, error) => {
    let thrown: unknown;
    try {
      const { binds, marks } = binding(bindings as Bindings);
      binds.write(marks[0] as Token);
    } catch (reason) {
      thrown = reason;
    }
    expect(thrown).toMatchObject(error);
  });
});
