/** The compressions of record batches: what the broker opens to look at single records, it opens with all of them. */

import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { decompressLz4, storeLz4 } from './lz4.ts';
import { decompressSnappy, storeSnappy } from './snappy.ts';

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/**
 * Decompresses what a client has compressed.
 *
 * @param maxLength of what comes out: it may be a bomb.
 * @throws Error when the bytes are broken, or become too many.
 */
export function decompress(compression: Compression, bytes: Buffer, maxLength: number): Buffer {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return gunzipSync(bytes, { maxOutputLength: maxLength });
    case 'zstd':
      return zstdDecompressSync(bytes, { maxOutputLength: maxLength });
    case 'snappy':
      return decompressSnappy(bytes, maxLength);
    case 'lz4':
      return decompressLz4(bytes, maxLength);
  }
}

/** What a client decompresses to the bytes again. Snappy and LZ4 come out no smaller. */
export function compress(compression: Compression, bytes: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return bytes;
    case 'gzip':
      return gzipSync(bytes);
    case 'zstd':
      return zstdCompressSync(bytes);
    case 'snappy':
      return storeSnappy(bytes);
    case 'lz4':
      return storeLz4(bytes);
  }
}
