import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Compression, compress, decompress } from '../../../../src/embedded/kafka/wire/compression.ts';

const bottles = Array.from({ length: 30 }, (_, n) => `wine ${(n * n) % 97}, bottle ${n % 13} of ${n};`).join('');
const plain = { nothing: Buffer.alloc(0), text: Buffer.from(bottles), zeros: Buffer.alloc(100_000) };

/** Made by the libraries of Snappy and LZ4; the zeros in linked blocks with all checksums. */
const compressed = {
  snappy: {
    nothing: 'AA==',
    text: [
      'xQVUd2luZSAwLCBib3R0bGUgMCBvZiAwOwUWADEVFgAxARYAMQkWADQVFgAyARYAMgkWADkVFgAzARYAMwkWBDE2FRcANAEXBDQ7',
      'BVkEMjUVFwA1ARcANQkXBDM2FRcANgEXBDY7BS4ANBlcADcBFwA3CRcANhmJADgBFwA4CRcAOBm2ADkBFwA5CRcAMxVbADEF4wAx',
      'DeQAMhlGADEJ5hHnADcZMgXpADEN6gQ3MhUZCUoN7BkXCUgN7AAzGZAJRw3tADYZMCUyADEN7gA5ORwlMwAxDe8AMxnCJTQAMQ3w',
      'ADc5vCU1ADEN8QAxGWAlNgAyDfEANRlIJTcAMg3wBDk2FdclOAAyDe8AND0hBfAAMg3wADkZ2Sk6ADIN8gA0GWIpOgAyDfMAORlL',
      'CUoN8wA1GcMlOwAyDfMAOBWSADIhygAyDfIANjkiHDMgb2YgMjk7',
    ].join(''),
  },
  lz4: {
    nothing: 'BCJNGGBAggAAAAA=',
    text: [
      'BCJNGGhAxQIAAAAAAAD2YwEAAPEHd2luZSAwLCBib3R0bGUgMCBvZiAwOxYAFTEWABAxFgASMRYAFTQWABAyFgASMhYAFTkWABAz',
      'FgASMxYAJTE2FwAQNBcAEjQXACUyNRcAEDUXABI1FwAWMy4AEDYXABI2FwAWNFwAEDcXABI3FwAWNokAEDgXABI4FwAWOLYAEDkX',
      'ABI5FwAVM3IAETHjABMx5AAWMkYAEjHmAATnABY3MgAB6QATMeoAJTcyGQACSgAD7AAGFwACSAAD7AAWM5AAAkcAA+0AFjYwAAEy',
      'ARMx7gAWORwBATMBEzHvABYzwgABNAETMfAAFje8AQE1ARMx8QAWMWAAATYBEzLxABY1SAABNwETMvAAFjl9AQE4ARMy7wAXNCEB',
      'AfAAEzLwABY52QACOgETMvIAFjRiABEx8wATMvMAFjlLAAJKAAPzABY1wwABOwETMvMAFThpAQJHAAPyABY2IgGAMyBvZiAyOTsA',
      'AAAA',
    ].join(''),
    zeros: [
      'BCJNGFxAoIYBAAAAAABgCwEAAB8AAQD/////////////////////////////////////////////////////////////////////',
      '////////////////////////////////////////////////////////////////////////////////////////////////////',
      '////////////////////////////////////////////////////////////////////////////////////////////////////',
      '////////////////////////////////////////////////////////////////////////51AAAAAAAOuJcieRAAAADwEA////',
      '////////////////////////////////////////////////////////////////////////////////////////////////////',
      '////////////////////////////////////////////////////////////////////////////D1AAAAAAAOID7TIAAAAA0znO',
      'yQ==',
    ].join(''),
  },
};

const samples = [
  ...Object.entries(compressed.snappy).map(([name, bytes]) => ['snappy', name, bytes] as const),
  ...Object.entries(compressed.lz4).map(([name, bytes]) => ['lz4', name, bytes] as const),
].map(([codec, name, bytes]) => [codec, name as keyof typeof plain, Buffer.from(bytes, 'base64')] as const);

const enough = 1_000_000;

/** Blocks of Snappy in the frame of Java's library. */
function xerial(...blocks: readonly Buffer[]): Buffer {
  const head = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const parts = blocks.flatMap((block) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    return [length, block];
  });
  return Buffer.concat([head, ...parts]);
}

describe('decompression', () => {
  test.each(samples)('reads what %s made of %s', (codec, name, bytes) => {
    expect(decompress(codec, bytes, enough).equals(plain[name])).toBe(true);
  });

  test('reads Snappy in the frame of Java, block after block', () => {
    const block = Buffer.from(compressed.snappy.text, 'base64');
    expect(decompress('snappy', xerial(block, block), enough).toString()).toBe(bottles + bottles);
    expect(decompress('snappy', xerial(), enough)).toHaveLength(0);
  });

  test('reads gzip, zstd and what is not compressed', () => {
    expect(decompress('gzip', gzipSync(bottles), enough).toString()).toBe(bottles);
    expect(decompress('zstd', zstdCompressSync(bottles), enough).toString()).toBe(bottles);
    expect(decompress('none', plain.text, enough)).toBe(plain.text);
  });

  test.each<[Compression, Buffer]>([
    ['gzip', gzipSync(plain.zeros)],
    ['zstd', zstdCompressSync(plain.zeros)],
    ['lz4', Buffer.from(compressed.lz4.zeros, 'base64')],
    ['snappy', Buffer.from(compressed.snappy.text, 'base64')],
    // Says that four gigabytes follow.
    ['snappy', Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])],
  ])('refuses %s that becomes too long', (codec, bytes) => {
    expect(() => decompress(codec, bytes, 500)).toThrow();
  });

  test('refuses what refers to bytes before the beginning', () => {
    expect(() => decompress('snappy', Buffer.from([10, 0b000_000_01, 5]), enough)).toThrow(/5 bytes before byte 0/);
  });

  test('ends for damaged bytes as well, with an error or with some bytes', () => {
    const damaged = fc.constantFrom(...samples).chain(([codec, , bytes]) =>
      fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255), until: fc.nat(bytes.length) }).map((harm) => {
        const changed = Buffer.from(bytes);
        changed[harm.at] = harm.value;
        return [codec, changed.subarray(0, harm.until)] as const;
      }),
    );
    fc.assert(
      fc.property(damaged, ([codec, bytes]) => {
        try {
          expect(decompress(codec, bytes, 200_000).length).toBeLessThanOrEqual(200_000);
        } catch (error) {
          expect((error as Error).name).toBe('MalformedRequestError');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test.each<Compression>(['none', 'gzip', 'snappy', 'lz4', 'zstd'])('what is written as %s is read again', (codec) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      expect(decompress(codec, compress(codec, Buffer.from(bytes)), 1000)).toEqual(Buffer.from(bytes));
    }),
  );
  const large = Buffer.alloc(9_000_000, bottles);
  expect(decompress(codec, compress(codec, large), large.length).equals(large)).toBe(true);
});
