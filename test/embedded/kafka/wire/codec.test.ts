import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  array,
  between,
  boolean,
  bytes,
  type Codec,
  type Form,
  int8,
  int16,
  int32,
  int64,
  nullable,
  since,
  string,
  struct,
  tagged,
  until,
  uuid,
} from '../../../../src/embedded/kafka/wire/codec.ts';
import { MalformedRequestError, Reader } from '../../../../src/embedded/kafka/wire/reader.ts';
import { Writer } from '../../../../src/embedded/kafka/wire/writer.ts';

const forms: readonly Form[] = [
  { version: 3, flexible: false },
  { version: 3, flexible: true },
];

function encoded<W>(codec: Codec<unknown, W>, value: W, form: Form): Buffer {
  const writer = new Writer();
  codec.write(writer, value, form);
  const all = Buffer.concat(writer.finish());
  expect(writer.length).toBe(all.length);
  return all;
}

const everything = struct({
  flag: boolean,
  tiny: int8,
  small: int16,
  medium: int32,
  large: int64,
  id: uuid,
  text: string,
  maybe: nullable(string),
  blob: nullable(bytes),
  list: array(struct({ name: string, numbers: nullable(array(int32)) })),
});
const anything = fc.record({
  flag: fc.boolean(),
  tiny: fc.integer({ min: -128, max: 127 }),
  small: fc.integer({ min: -32768, max: 32767 }),
  medium: fc.integer(),
  large: fc.maxSafeInteger(),
  id: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => Buffer.from(id).toString('hex')),
  text: fc.string({ unit: 'binary', maxLength: 300 }),
  maybe: fc.option(fc.string({ maxLength: 300 })),
  blob: fc.option(fc.uint8Array({ maxLength: 1000 }).map((blob) => Buffer.from(blob))),
  list: fc.array(fc.record({ name: fc.string(), numbers: fc.option(fc.array(fc.integer())) })),
});

describe.each(forms)('a struct in the form %o', (form) => {
  test('reads as it was written', () => {
    fc.assert(
      fc.property(anything, (value) => {
        const reader = new Reader(encoded(everything, value, form));
        expect(everything.read(reader, form)).toEqual(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('that is cut anywhere is malformed, and never anything else', () => {
    fc.assert(
      fc.property(anything, fc.double({ min: 0, max: 0.999, noNaN: true }), (value, part) => {
        const whole = encoded(everything, value, form);
        const cut = whole.subarray(0, Math.floor(whole.length * part));
        expect(() => everything.read(new Reader(cut), form)).toThrow(MalformedRequestError);
      }),
    );
  });
});

describe('fields of some versions', () => {
  const versioned = struct({
    always: int8,
    newer: since(2, int8, -1),
    older: until(1, int8, -2),
    once: between(2, 2, int8, -3),
    tag: tagged(4, 3, string),
  });

  test.each([
    [0, '0102', { always: 1, newer: -1, older: 2, once: -3, tag: undefined }],
    [2, '010203', { always: 1, newer: 2, older: -2, once: 3, tag: undefined }],
    [4, '0102', { always: 1, newer: 2, older: -2, once: -3, tag: undefined }],
  ])('are there in version %i only where they belong', (version, hex, value) => {
    const form = { version, flexible: false };
    expect(versioned.read(new Reader(Buffer.from(hex, 'hex')), form)).toEqual(value);
    expect(encoded(versioned, value, form).toString('hex')).toBe(hex);
  });

  test('read a known tag and skip an unknown one', () => {
    const [known, unknown] = ['0403' + '03' + '6869', '0901' + 'ff'];
    const bytes = Buffer.from(`0102${'02'}${known}${unknown}`, 'hex');
    expect(versioned.read(new Reader(bytes), { version: 3, flexible: true })).toMatchObject({ newer: 2, tag: 'hi' });
  });
});
