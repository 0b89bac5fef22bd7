import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lex } from '../../../../src/embedded/snowflake/sql/lexer.ts';

describe('the lexer', () => {
  const values = (text: string) => lex(text).map((token) => `${token.kind}:${token.value}`);

  test('folds identifiers and keeps quoted ones', () => {
    expect(values('select "a ""b""", _c$1, été')).toEqual([
      'word:SELECT',
      'quoted:a "b"',
      'operator:,',
      'word:_C$1',
      'operator:,',
      'word:ÉTÉ',
    ]);
  });

  test('reads strings with doubled quotes, backslash escapes and dollars', () => {
    expect(values(String.raw`'it''s' 'a\'b\n\u00e9\x41\q' $$a'b;--$$`)).toEqual([
      "string:it's",
      "string:a'b\néAq",
      "string:a'b;--",
    ]);
  });

  test('tells binds from casts and paths', () => {
    expect(values('?::int :1 v:a:b')).toEqual([
      'bind:',
      'operator:::',
      'word:INT',
      'bind:1',
      'word:V',
      'operator::',
      'word:A',
      'operator::',
      'word:B',
    ]);
  });

  test('skips comments', () => {
    expect(values("a -- x ' ;\n b // y\n c /* ; ' */ d")).toEqual(['word:A', 'word:B', 'word:C', 'word:D']);
  });

  test.each(["'open", '"open', '$$open', '/* open'])('says where %s begins', (text) => {
    expect(() => lex(`x\n ${text}`)).toThrow('line 2 at position 1');
  });

  test('gives any string literal back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const [token, ...more] = lex(`'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`);
        expect(token).toMatchObject({ kind: 'string', value });
        expect(more).toEqual([]);
      }),
    );
  });

  test('gives any quoted identifier back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        expect(lex(`"${value.replaceAll('"', '""')}"`)).toMatchObject([{ kind: 'quoted', value }]);
      }),
    );
  });

  test('covers any text with tokens in order, or says what is wrong with it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1.\'"$-/*\\ \n?:;(,é🍷') }), (text) => {
        let tokens: ReturnType<typeof lex>;
        try {
          tokens = lex(text);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('001003');
          return;
        }
        let at = 0;
        for (const { start, end } of tokens) {
          expect(start).toBeGreaterThanOrEqual(at);
          expect(end).toBeGreaterThan(start);
          at = end;
        }
        expect(at).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});
