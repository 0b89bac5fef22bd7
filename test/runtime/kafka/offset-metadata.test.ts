import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lastOf, metadataOf } from '../../../src/runtime/kafka/offset-metadata.ts';

describe('the metadata of a group offset', () => {
  test('tells the last record again', () => {
    const record = fc.record({
      offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
      timestamp: fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }),
    });
    fc.assert(fc.property(record, (last) => void expect(lastOf(metadataOf(last))).toEqual(last)));
  });

  test('is nothing where no record is known, and tells nothing then', () => {
    expect(metadataOf(undefined)).toBeNull();
    expect(lastOf(null)).toBeUndefined();
    expect(lastOf('')).toBeUndefined();
  });

  test('says nothing when others have written it, whatever it is', () => {
    const parts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((last) => `{"last":${last}}`),
    );
    fc.assert(fc.property(parts, (text) => void expect(lastOf(text)).toBeUndefined()));
    expect(lastOf('{"last":{"offset":"-1","timestamp":5}}')).toBeUndefined();
    expect(lastOf('{"last":{"offset":"1","timestamp":5.5}}')).toBeUndefined();
  });
});
