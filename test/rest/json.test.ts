import fc from 'fast-check';
import { expect, test } from 'vitest';
import { breakOf, parseBody } from '../../src/rest/json.ts';

const parse = (text: string) => parseBody(Buffer.from(text));

test('a body of JSON is its value, an empty one is none', () => {
  expect(parse('\ufeff {"a": [1, "é🍷", null]}\n')).toEqual({ a: [1, 'é🍷', null] });
  expect(parse('')).toBeUndefined();
  expect(parse(' \n')).toBeUndefined();
});

test.each([
  ['{', 'line 1, column 2: expected a key in double quotes or "}", found the end of the body'],
  ['{"name": ', 'line 1, column 10: expected a value, found the end of the body'],
  ['nope', 'line 1, column 1: expected a value, found "nope"'],
  ['{]', 'line 1, column 2: expected a key in double quotes or "}", found "]"'],
  ['{"a" 1}', 'line 1, column 6: expected ":", found "1}"'],
  ['{"a": 1,}', 'line 1, column 9: expected a key in double quotes, found "}"'],
  ['[1 2]', 'line 1, column 4: expected "," or "]", found "2]"'],
  ['[1,]', 'line 1, column 4: expected a value, found "]"'],
  ["{'a': 1}", 'line 1, column 2: expected a key in double quotes or "}", found "\'a\': 1}"'],
  ['{}\n{}', 'line 2, column 1: expected the end of the body, found "{}"'],
  ['{"a": "tab\there"}', 'line 1, column 7: expected a value, found "\\"tab\\there\\"}"'],
  ['{"a": 01}', 'line 1, column 8: expected "," or "}", found "1}"'],
])('%j is no JSON: %s', (text, message) => {
  expect(() => parse(text)).toThrow(`The body is not JSON: ${message}`);
});

test('what JSON.parse takes the scan takes, and nothing else', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const scraps = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '"a"',
    '1',
    '-',
    '0',
    '.5',
    'e3',
    'null',
    ' ',
    '\\',
    '\n',
  );
  const texts = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.array(scraps, { maxLength: 8 }).map((parts) => parts.join('')),
    fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 })).map(([text, at, extra]) => {
      const cut = at % (text.length + 1);
      return text.slice(0, cut) + extra + text.slice(cut + 1);
    }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(breakOf(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2000 },
  );
});

test('a long text costs no stack', () => {
  const text = `"${'\\n'.repeat(400_000)}`;
  expect(breakOf(`${text}"`)).toBeUndefined();
  expect(breakOf(text)).toContain('line 1, column 1');
});

test('nesting has an end', () => {
  expect(() => parse('['.repeat(65) + ']'.repeat(65))).toThrow('nested more than 64 levels deep');
  expect(() => parse('['.repeat(500_000) + ']'.repeat(500_000))).toThrow('nested');
});

test('a number that would lose digits is refused by its place', () => {
  expect(() => parse('{"config": {"account.id": 12345678901234567890}}')).toThrow(
    'The number at config.account.id is too large to be kept exactly: write it as a string',
  );
  expect(() => parse('1e999')).toThrow('The number at the top is too large');
  expect(parse('[9007199254740991, 0.1]')).toEqual([9007199254740991, 0.1]);
});

test('__proto__ is no key, and bytes that are no UTF-8 are no text', () => {
  expect(() => parse('{"config": {"__proto__": {"polluted": true}}}')).toThrow('__proto__');
  expect(() => parseBody(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not UTF-8');
});
