import { expect, test } from 'vitest';
import { encodeRaw, encodeRecord, WrongRecordError } from '../../../src/runtime/records/encode.ts';
import type { SourceRecord } from '../../../src/sdk/index.ts';

test('a record of a source is JSON with its own time stamp, or the time of reading', () => {
  const { topic, message, size } = encodeRecord({ topic: 't', key: 'k', value: { a: 'é' }, timestamp: 5 }, 7);

  expect({ topic, size }).toEqual({ topic: 't', size: 11 });
  expect(message).toEqual({ key: 'k', value: Buffer.from('{"a":"é"}'), timestamp: '5' });
  expect(encodeRecord({ topic: 't', value: 1 }, 7).message).toMatchObject({ key: null, timestamp: '7' });
});

test('a null value is a tombstone', () => {
  expect(encodeRecord({ topic: 't', key: 'k', value: null }, 7).message.value).toBeNull();
});

/** What is said of a record with this slip. */
function refusalOf(slip: Readonly<Record<string, unknown>>): string {
  const record = { topic: 'wines', key: 'k', value: { a: 1 }, ...slip } as unknown as SourceRecord;
  try {
    encodeRecord(record, 7);
  } catch (error) {
    expect(error).toBeInstanceOf(WrongRecordError);
    return (error as Error).message;
  }
  return 'it was written';
}

const circle: { self?: object } = {};
circle.self = circle;

test.for([
  ['its key is the number 42, and must be text or null', { key: 42 }],
  ['its key is an object (Buffer), and must be text or null', { key: Buffer.from('k') }],
  ['its timestamp is the number 1.5, and must be a whole number of milliseconds since 1970', { timestamp: 1.5 }],
  ['its timestamp is the number NaN, and', { timestamp: Number.NaN }],
  ['its timestamp is an object (Date), and', { timestamp: new Date(5) }],
  ['its timestamp is text, and', { timestamp: '5' }],
  ['its partition is the number -1, and must be a whole number from 0 on', { partition: -1 }],
  ['its header "n" is the number 5, and must be text or an array of texts', { headers: { n: 5 } }],
  ['its header "n" is null, and must be text', { headers: { n: ['a', null] } }],
  ['its header "n" is an object (Buffer), and must be text', { headers: { n: Buffer.from('a') } }],
  ['its headers is an object (Map), and must be an object with the names of', { headers: new Map([['n', 'a']]) }],
  ['its headers is null, and', { headers: null }],
  ['its value is undefined, and must be JSON', { value: undefined }],
  ['its value is a function, and must be JSON', { value: () => 1 }],
  ['its value is an object, and must be JSON (Do not know how to serialize a BigInt', { value: { n: 1n } }],
  ['its value is an object, and must be JSON (Converting circular structure to JSON', { value: circle }],
] as const)('a slip of a source is refused with its topic and field: %s', ([words, slip]) => {
  expect(refusalOf(slip)).toContain(`A record for the topic "wines" cannot be written: ${words}`);
});

test.for([[undefined], [5], ['']])('a record without a topic is refused: %s', ([topic]) => {
  expect(refusalOf({ topic })).toMatch(
    /^A record .*cannot be written: its topic is .*, and must be the name of a topic$/,
  );
});

test('what may be left out may be null or undefined as well', () => {
  const record = { topic: 't', key: undefined, value: 1, timestamp: undefined, headers: undefined } as never;
  expect(encodeRecord(record, 7).message).toEqual({ key: null, value: Buffer.from('1'), timestamp: '7' });
});

test('a raw record keeps its bytes, and repeated headers in their order', () => {
  const value = new Uint8Array([1, 0xff, 3, 4]).subarray(1, 3);
  const { message } = encodeRaw({
    topic: 't',
    key: null,
    value,
    headers: [
      ['a', '1'],
      ['__proto__', 'x'],
      ['a', new Uint8Array([2])],
    ],
    timestamp: 5,
  });

  expect(message.value).toEqual(Buffer.from([0xff, 3]));
  expect(message.key).toBeNull();
  expect(Object.entries(message.headers ?? {})).toEqual([
    ['a', ['1', Buffer.from([2])]],
    ['__proto__', ['x']],
  ]);
  expect(message.timestamp).toBe('5');
});
