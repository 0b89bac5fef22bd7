/**
 * CRC-32C (Castagnoli), the checksum of record batches; node:zlib has only the other CRC-32. Sixteen bytes at a time
 * with sixteen tables ("slicing by 16"), half as fast again here as the usual eight.
 */

const polynomial = 0x82f63b78;
const slices = 16;

/** Table n, at n × 256, says what a byte does to the checksum with n bytes after it. */
const table: Int32Array = (() => {
  const all = new Int32Array(slices * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256] as number;
    all[at] = (before >>> 8) ^ (all[before & 0xff] as number);
  }
  return all;
})();

/** What four bytes do to the checksum with `after` bytes after them. */
function fold(word: number, after: number): number {
  return (
    (table[(after + 3) * 256 + (word & 0xff)] as number) ^
    (table[(after + 2) * 256 + ((word >>> 8) & 0xff)] as number) ^
    (table[(after + 1) * 256 + ((word >>> 16) & 0xff)] as number) ^
    (table[after * 256 + (word >>> 24)] as number)
  );
}

/** The checksum of the bytes from `start` to `end`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = -1;
  let at = start;
  for (; at + slices <= end; at += slices) {
    crc =
      fold(crc ^ view.getInt32(at, true), 12) ^
      fold(view.getInt32(at + 4, true), 8) ^
      fold(view.getInt32(at + 8, true), 4) ^
      fold(view.getInt32(at + 12, true), 0);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return (crc ^ -1) >>> 0;
}
