import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkValues } from '../../../src/runtime/schema/config-schema.ts';
import { decode, encode, parseJson } from '../../../src/runtime/schema/values.ts';
import type { ConfigProperty } from '../../../src/sdk/index.ts';

const description = '';
const scalar: fc.Arbitrary<readonly [ConfigProperty, unknown]> = fc.oneof(
  fc.string().map((value) => [{ type: 'string', description }, value] as const),
  fc.maxSafeInteger().map((value) => [{ type: 'integer', description }, value] as const),
  fc
    .double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 })
    .map((value) => [{ type: 'number', description }, value === 0 ? 0 : value] as const),
  fc.boolean().map((value) => [{ type: 'boolean', description }, value] as const),
);
const names = fc.string({ minLength: 1 }).filter((name) => !['__proto__', 'constructor', 'prototype'].includes(name));

/** A property and a value that it allows. */
const typed: fc.Arbitrary<readonly [ConfigProperty, unknown]> = fc.oneof(
  scalar,
  fc
    .array(fc.string())
    .map((value) => [{ type: 'array', items: { type: 'string', description }, description }, value] as const),
  fc
    .array(fc.maxSafeInteger())
    .map((value) => [{ type: 'array', items: { type: 'integer', description }, description }, value] as const),
  fc
    .dictionary(names, fc.string())
    .map(
      (value) =>
        [{ type: 'object', additionalProperties: { type: 'string', description }, description }, { ...value }] as const,
    ),
  scalar.map(([inner, value]) => [{ type: 'object', properties: { a: inner }, description }, { a: value }] as const),
  scalar.map(
    ([inner, value]) =>
      [
        { type: 'array', items: { type: 'object', properties: { a: inner }, description }, description },
        [{ a: value }],
      ] as const,
  ),
  fc
    .jsonValue()
    .filter((value) => 'value' in parseJson(JSON.stringify(value)))
    .map((value) => [{ type: 'json', description }, JSON.parse(JSON.stringify(value))] as const),
);

test('a value is read back as it was written', () => {
  fc.assert(
    fc.property(typed, ([property, value]) => {
      expect(decode(property, encode(property, value))).toEqual({ value });
    }),
    { numRuns: 500 },
  );
});

test('whatever the text, the answer is a value or a problem, and what the schema passes has the type', () => {
  fc.assert(
    fc.property(typed, fc.oneof(fc.string(), fc.json()), ([property], text) => {
      const decoded = decode(property, text);
      if ('problem' in decoded) return;
      const values = { key: decoded.value };
      const refused = checkValues({ properties: { key: property } }, values);
      if (refused.length === 0 && property.type === 'integer') expect(Number.isSafeInteger(values.key)).toBe(true);
      if (refused.length === 0 && property.type === 'array') expect(Array.isArray(values.key)).toBe(true);
    }),
  );
});

describe('text', () => {
  const integer = { type: 'integer', description } as const;
  const list = { type: 'array', items: { type: 'string', description }, description } as const;

  test.each([
    ['5', 5],
    [' 5 ', 5],
    ['+5', 5],
    ['1e3', 1000],
    ['', ''],
    ['0x10', '0x10'],
    ['1_000', '1_000'],
    ['Infinity', 'Infinity'],
    ['9007199254740993', '9007199254740993'],
  ])('%j as a number is %j', (text, value) => {
    expect(decode(integer, text)).toEqual({ value });
  });

  test.each([
    ['a,b', ['a', 'b']],
    [' a , b ', ['a', 'b']],
    ['', []],
    ['["a,b"," c"]', ['a,b', ' c']],
  ])('%j as a list is %j', (text, value) => {
    expect(decode(list, text)).toEqual({ value });
  });

  test('a map that is no JSON, or hides a prototype key, is a problem', () => {
    const map = { type: 'object', additionalProperties: { type: 'string', description }, description } as const;
    expect(decode(map, '{a')).toMatchObject({ problem: expect.stringMatching(/^Not JSON/) });
    expect(decode(map, '{"__proto__":"x"}')).toEqual({ problem: 'The key "__proto__" is not allowed' });
    expect(decode(map, '[{"a":{"constructor":1}}]')).toEqual({ problem: 'The key "constructor" is not allowed' });
    expect(decode({ type: 'json', description }, '['.repeat(1000) + ']'.repeat(1000))).toEqual({
      problem: 'Nested deeper than 64 levels',
    });
  });
});

describe('references', () => {
  const substitute = (text: string) =>
    text.replaceAll(`\${env:N}`, '7').replaceAll(`\${env:L}`, 'a,b').replaceAll(`\${env:J}`, '{"a":"1"}');

  test('stand for text, numbers, whole lists, and values inside of a structure', () => {
    const map = { type: 'object', additionalProperties: { type: 'integer', description }, description } as const;
    expect(decode({ type: 'integer', description }, `\${env:N}`, substitute)).toEqual({ value: 7 });
    expect(
      decode({ type: 'array', items: { type: 'string', description }, description }, `x,\${env:L}`, substitute),
    ).toEqual({
      value: ['x', 'a', 'b'],
    });
    expect(decode(map, `{"a":"\${env:N}"}`, substitute)).toEqual({ value: { a: 7 } });
    expect(decode(map, `\${env:J}`, substitute)).toEqual({ value: { a: 1 } });
  });

  test('cannot break out of the text of a structure', () => {
    const map = { type: 'object', additionalProperties: { type: 'string', description }, description } as const;
    const hostile = (text: string) => text.replaceAll(`\${env:X}`, '","b":"injected');
    expect(decode(map, `{"a":"\${env:X}"}`, hostile)).toEqual({ value: { a: '","b":"injected' } });
  });

  test('inside of somebody else’s JSON stay as they are', () => {
    const text = `{"pattern":"\${env:N}"}`;
    expect(decode({ type: 'json', description }, text, substitute)).toEqual({ value: { pattern: `\${env:N}` } });
  });
});
