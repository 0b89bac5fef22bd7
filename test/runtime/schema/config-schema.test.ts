import { expect, test } from 'vitest';
import { checkValues, compileSchema } from '../../../src/runtime/schema/config-schema.ts';
import type { ConfigProperty, ConfigSchema } from '../../../src/sdk/index.ts';

const description = '';
const reasons = (property: ConfigProperty, value: unknown) =>
  checkValues({ properties: { key: property } }, { key: value }).map(({ reason }) => reason);

test("reasons are in Kafka Connect's words where it has some", () => {
  expect(reasons({ type: 'integer', minimum: 1, description }, 0)).toEqual(['Value must be at least 1']);
  expect(reasons({ type: 'integer', description }, 'x')).toEqual(['Not a number of type INT']);
  expect(reasons({ type: 'number', exclusiveMinimum: 0, description }, 0)).toEqual(['Value must be more than 0']);
  expect(reasons({ type: 'boolean', description }, 'x')).toEqual(['Expected value to be either true or false']);
  expect(reasons({ type: 'string', minLength: 1, description }, '')).toEqual(['String may not be empty']);
  expect(reasons({ type: 'string', pattern: '^a', description }, 'b')).toEqual(['String must match pattern ^a']);
  expect(reasons({ type: 'string', enum: ['none', 'all'], description }, 'x')).toEqual([
    'String must be one of: none, all',
  ]);
  expect(reasons({ type: 'array', items: { type: 'string', description }, minItems: 1, description }, [])).toEqual([
    'List may not be empty',
  ]);
});

test('defaults are filled in, deep ones too, and are no shared objects', () => {
  const schema: ConfigSchema = {
    properties: {
      list: { type: 'array', items: { type: 'string', description }, default: ['a'], description },
      object: { type: 'object', properties: { times: { type: 'integer', default: 3, description } }, description },
      any: { type: 'json', default: { a: 1 }, description },
    },
  };
  const [first, second] = [{ object: {} }, { object: {} }] as [Record<string, unknown>, Record<string, unknown>];
  expect([checkValues(schema, first), checkValues(schema, second)]).toEqual([[], []]);
  expect(first).toEqual({ list: ['a'], object: { times: 3 }, any: { a: 1 } });
  (first['list'] as string[]).push('b');
  expect(second['list']).toEqual(['a']);
});

test.each([
  ['an unknown type', { type: 'strin' }],
  ['a keyword of JSON Schema that is not in the subset', { type: 'string', oneOf: [] }],
  ['a bound that is no number', { type: 'integer', minimum: 'x' }],
  ['an unknown format', { type: 'string', format: 'vintage' }],
  ['a pattern that is none', { type: 'string', pattern: '(' }],
])('%s does not compile', (_, property) => {
  const schema = { properties: { key: { ...property, description } } } as unknown as ConfigSchema;
  expect(() => compileSchema(schema)).toThrow();
});
