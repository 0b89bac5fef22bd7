import fc from 'fast-check';
import type { IHeaders, KafkaMessage } from 'kafkajs';
import { describe, expect, test } from 'vitest';
import { createDecoder } from '../../../src/runtime/records/decode.ts';
import { createValidator } from '../../../src/runtime/records/validate.ts';
import { jsonText } from '../../../src/sdk/index.ts';

const decode = createDecoder(createValidator({}));

const message = (value: Buffer | string | null, { key = null as Buffer | null, headers = {} as IHeaders } = {}) =>
  ({
    key,
    value: typeof value === 'string' ? Buffer.from(value) : value,
    headers,
    timestamp: '1700000000000',
    offset: '9007199254740993',
    attributes: 0,
  }) as KafkaMessage;

const decoded = (...args: Parameters<typeof message>) => decode('wines', 3, message(...args));

describe('a message', () => {
  test('is a record with its place, beyond what a number can hold', () => {
    expect(decoded('{"n":1}', { key: Buffer.from('café') }).record).toMatchObject({
      topic: 'wines',
      partition: 3,
      offset: 9007199254740993n,
      timestamp: 1_700_000_000_000,
      key: 'café',
      value: { n: 1 },
      headers: {},
      type: undefined,
    });
  });

  test('keeps the text of its value as it came', () => {
    const text = '{ "big": 12345678901234567890, "price": 1.50 }';
    const { record } = decoded(text);

    expect(record && jsonText(record)).toBe(text);
  });

  test('with a null value is a record of null, not of the text null', () => {
    expect(decoded(null).record).toMatchObject({ value: null, bytes: undefined });
    expect(decoded('null').record).toMatchObject({ value: null, bytes: Buffer.from('null') });
  });

  test('keeps a field named __proto__ a field', () => {
    const value = decoded('{"__proto__":{"admin":true}}').record?.value as { readonly admin?: boolean };

    expect(value.admin).toBeUndefined();
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  test('keeps repeated and empty headers, and leaves out those that are null', () => {
    const headers = { one: Buffer.from('1'), many: [Buffer.from('a'), Buffer.from('b')], empty: Buffer.alloc(0) };

    expect(decoded('1', { headers: { ...headers, none: null as never } }).record?.headers).toEqual({
      one: '1',
      many: ['a', 'b'],
      empty: '',
    });
  });

  test('keeps the headers apart of which some are null among repeated ones', () => {
    const headers = { many: [Buffer.from('a'), null as never] };

    expect(decoded('1', { headers }).record?.headers).toEqual({ many: ['a'] });
    const rejected = decoded('no json', { headers }).rejected;
    expect(rejected?.headers).toEqual([
      ['many', Buffer.from('a')],
      ['many', null],
    ]);
  });
});

describe('a message that cannot be decoded', () => {
  test.for([
    ['is not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'the value is not UTF-8'],
    ['is empty', Buffer.alloc(0), 'the value is not JSON'],
    ['is cut off', '{"n":', 'the value is not JSON'],
    ['begins with a byte order mark', '\uFEFF{}', 'the value is not JSON'],
  ] as const)('because it %s is a reject with its bytes and its place', ([, value, reason]) => {
    const headers = { h: Buffer.from('x') };
    const { rejected } = decoded(typeof value === 'string' ? value : Buffer.from(value), {
      key: Buffer.from([0xff]),
      headers,
    });

    expect(rejected).toMatchObject({
      stage: 'VALUE_CONVERTER',
      error: { name: 'DataException', message: expect.stringContaining(reason) },
      origin: { topic: 'wines', partition: 3, offset: 9007199254740993n },
      timestamp: 1_700_000_000_000,
      key: Buffer.from([0xff]),
      value: typeof value === 'string' ? Buffer.from(value) : value,
      headers: [['h', Buffer.from('x')]],
    });
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const { record, rejected } = decoded(Buffer.from(bytes));
        expect((record === undefined) !== (rejected === undefined)).toBe(true);
        if (record !== undefined) expect(JSON.parse(jsonText(record))).toEqual(record.value);
      }),
    );
  });
});
