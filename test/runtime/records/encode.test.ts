import { expect, test } from 'vitest';
import { encodeRaw, encodeRecord } from '../../../src/runtime/records/encode.ts';

test('a record of a source is JSON with its own time stamp, or the time of reading', () => {
  const { topic, message, size } = encodeRecord({ topic: 't', key: 'k', value: { a: 'é' }, timestamp: 5 }, 7);

  expect({ topic, size }).toEqual({ topic: 't', size: 11 });
  expect(message).toEqual({ key: 'k', value: Buffer.from('{"a":"é"}'), timestamp: '5' });
  expect(encodeRecord({ topic: 't', value: 1 }, 7).message).toMatchObject({ key: null, timestamp: '7' });
});

test('a null value is a tombstone', () => {
  expect(encodeRecord({ topic: 't', key: 'k', value: null }, 7).message.value).toBeNull();
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
