import { describe, expect, test } from 'vitest';
import { createValidator } from '../../../src/runtime/records/validate.ts';
import type { JsonValue } from '../../../src/sdk/index.ts';

const order = {
  type: 'object',
  required: ['event_type', 'id'],
  properties: {
    event_type: { const: 'ORDER' },
    id: { type: 'string', format: 'uuid' },
    lines: { type: 'array', items: { type: 'object', properties: { quantity: { type: 'integer', minimum: 1 } } } },
    channel: { enum: ['shop', 'web'] },
  },
  additionalProperties: false,
};
const validate = createValidator({ field: 'event_type', schemas: { ORDER: order, STOCK: { type: 'object' } } });
const id = '0f8fad5b-d9cb-469f-a165-70867728950e';

describe('a validator', () => {
  test('lets everything pass when no field names the type', () => {
    const all = createValidator({});

    for (const value of [null, 1, 'x', [], {}] as JsonValue[]) {
      expect(all(value)).toEqual({ type: undefined, problem: undefined });
    }
  });

  test('lets valid events pass and names their type', () => {
    expect(validate({ event_type: 'ORDER', id })).toEqual({ type: 'ORDER', problem: undefined });
    expect(validate({ event_type: 'STOCK', anything: 1 })).toEqual({ type: 'STOCK', problem: undefined });
  });

  test('takes the field for a label where there are no schemas', () => {
    const label = createValidator({ field: 'event_type' });

    expect(label({ event_type: 'ANY' })).toEqual({ type: 'ANY', problem: undefined });
    expect(label({}).problem).toMatch(/^event_type is missing/);
  });

  test.for([
    [null, 'the event is null'],
    [[1], 'the event is an array, not an object'],
    ['text', 'the event is a string, not an object'],
    [{}, 'event_type is missing; known types: ORDER, STOCK'],
    [{ event_type: 7 }, 'event_type is 7; known types: ORDER, STOCK'],
    [{ event_type: 'ODDITY' }, 'unknown event_type "ODDITY"; known types: ORDER, STOCK'],
    [{ event_type: 'order' }, 'unknown event_type "order"; known types: ORDER, STOCK (did you mean ORDER?)'],
    [{ event_type: 'ORDR' }, 'unknown event_type "ORDR"; known types: ORDER, STOCK (did you mean ORDER?)'],
  ] as [JsonValue, string][])('refuses %j', ([value, problem]) => {
    expect(validate(value)).toEqual({ type: undefined, problem });
  });

  test.for([
    [{ event_type: 'ORDER' }, "the event must have required property 'id'"],
    [{ event_type: 'ORDER', id: 'x' }, 'id must match format "uuid"'],
    [{ event_type: 'ORDER', id, lines: [{ quantity: 1 }, { quantity: 0 }] }, 'lines.1.quantity must be >= 1'],
    [{ event_type: 'ORDER', id, color: 'red' }, 'the event must NOT have additional properties (color)'],
    [{ event_type: 'ORDER', id, channel: 'fax' }, 'channel must be equal to one of the allowed values (shop, web)'],
  ] as [JsonValue, string][])('names the place of what is wrong in %j', ([value, problem]) => {
    expect(validate(value)).toEqual({ type: 'ORDER', problem });
  });

  test('stops at the first of a million problems', () => {
    const lines = Array.from({ length: 1_000_000 }, () => ({ quantity: 0 }));

    expect(validate({ event_type: 'ORDER', id, lines }).problem).toBe('lines.0.quantity must be >= 1');
  });

  test('tells some of what many branches say, and how many more there are', () => {
    const anyOf = Array.from({ length: 8 }, (_, n) => ({ minimum: 10 + n }));
    const branches = createValidator({ field: 'type', schemas: { A: { properties: { n: { anyOf } } } } });

    expect(branches({ type: 'A', n: 1 }).problem).toMatch(/^(n must be >= 1\d; ){5}and 4 more$/);
  });

  test('takes a field of every object for no type', () => {
    expect(createValidator({ field: 'constructor', schemas: {} })({}).problem).toMatch(/^constructor is missing/);
    expect(createValidator({ field: 'type', schemas: { A: {} } })({ type: 'toString' }).problem).toMatch(
      /^unknown type/,
    );
  });

  test('reads each schema in its own dialect', () => {
    const tuple = { type: 'object', properties: { pair: { items: [{ type: 'string' }], additionalItems: false } } };
    const prefix = { type: 'object', properties: { pair: { prefixItems: [{ type: 'string' }], items: false } } };
    const both = createValidator({
      field: 'type',
      schemas: {
        OLD: { $schema: 'http://json-schema.org/draft-07/schema#', ...tuple },
        NEW: { $schema: 'https://json-schema.org/draft/2020-12/schema', ...prefix },
        DEFAULT: prefix,
      },
    });

    for (const type of ['OLD', 'NEW', 'DEFAULT']) {
      expect(both({ type, pair: ['a'] }).problem).toBeUndefined();
      expect(both({ type, pair: [1] }).problem).toBe('pair.0 must be string');
      expect(both({ type, pair: ['a', 'b'] }).problem).toMatch(/pair must NOT have more than 1 items/);
    }
  });

  test('takes schemas with the same $id, and those that refer to themselves', () => {
    const schema = () => ({
      $id: 'https://wine.example/event.json',
      type: 'object',
      properties: { child: { $ref: '#' }, n: { $ref: '#/$defs/n' } },
      $defs: { n: { type: 'integer' } },
    });
    const twice = createValidator({ field: 'type', schemas: { A: schema(), B: schema() } });

    for (const type of ['A', 'B']) {
      expect(twice({ type, n: 1, child: { n: 2 } }).problem).toBeUndefined();
      expect(twice({ type, child: { n: 'x' } }).problem).toBe('child.n must be integer');
    }
  });

  test('takes a schema without an $id that refers to itself', () => {
    const tree = { properties: { children: { type: 'array', items: { $ref: '#' } }, n: { type: 'integer' } } };
    const trees = createValidator({ field: 'type', schemas: { TREE: tree } });

    expect(trees({ type: 'TREE', children: [{ children: [{ n: 1 }] }] }).problem).toBeUndefined();
    expect(trees({ type: 'TREE', children: [{ children: [{ n: 'x' }] }] }).problem).toBe(
      'children.0.children.0.n must be integer',
    );
  });

  test('says which schema cannot be used', () => {
    const make = () => createValidator({ field: 'type', schemas: { A: { $ref: '#/nowhere' } } });

    expect(make).toThrow(/^The schema of A in value\.schemas cannot be used: can't resolve reference #\/nowhere/);
  });
});
