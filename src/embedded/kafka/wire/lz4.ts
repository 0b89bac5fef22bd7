/**
 * Reads LZ4 frames, which Node's zlib does not have. Dictionaries are left out. Checksums are skipped: the batch that
 * the frame stands in has one. What is written is right and not smaller: compaction writes, which is rare, and what it
 * keeps is little.
 *
 *     frame: magic u32 | flags u8, block size u8 | [content size u64] | header checksum u8 | blocks | 0 u32 | [checksum]
 *     block: length u32, the highest bit for one that is not compressed | data | [checksum u32]
 *     data, again and again: token u8, literal length in its high and match length - 4 in its low half, both continued
 *       in bytes when 15 | literal | offset u16 | (a literal ends the block); all of it little endian
 */

import { MalformedRequestError, Reader } from './reader.ts';
import { Uncompressed } from './uncompressed.ts';

const magic = 0x184d2204;
const flags = { version: 0xc0, blockChecksum: 0x10, contentSize: 0x08, dictionary: 0x01 } as const;
const versionOne = 0x40;
const notCompressed = 0x80000000;
const shortestMatch = 4;
/** Independent blocks of at most 4 MiB, without checksums; the last byte is the checksum of the two before it. */
const storedHead = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
const storedBlockLength = 4 * 1024 * 1024;
/** A length in half a byte that goes on in the bytes behind. */
const continued = 15;

/** @throws MalformedRequestError when it is no LZ4, or longer than `maxLength`. */
export function decompressLz4(bytes: Buffer, maxLength: number): Buffer {
  const output = new Uncompressed(maxLength);
  const frame = new Reader(bytes);
  if (littleEndian(frame, 4) !== magic) throw new MalformedRequestError('An LZ4 frame begins in another way');
  const flag = frame.uint8();
  if ((flag & flags.version) !== versionOne || (flag & flags.dictionary) !== 0) {
    throw new MalformedRequestError(`The flags ${flag} of an LZ4 frame are not known`);
  }
  // Block size and header checksum; the content's size between them is only a promise.
  frame.slice(2 + ((flag & flags.contentSize) === 0 ? 0 : 8));
  for (let length = littleEndian(frame, 4); length !== 0; length = littleEndian(frame, 4)) {
    const block = frame.slice(length % notCompressed);
    if (length >= notCompressed) output.append(block);
    else readBlock(new Reader(block), output);
    if ((flag & flags.blockChecksum) !== 0) frame.slice(4);
  }
  return output.finish();
}

/** A frame that holds the bytes in blocks that are not compressed. */
export function storeLz4(bytes: Buffer): Buffer {
  const parts: Buffer[] = [storedHead];
  for (let at = 0; at < bytes.length; at += storedBlockLength) {
    const block = bytes.subarray(at, at + storedBlockLength);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(notCompressed + block.length);
    parts.push(length, block);
  }
  return Buffer.concat([...parts, Buffer.alloc(4)]);
}

function readBlock(block: Reader, output: Uncompressed): void {
  for (;;) {
    const token = block.uint8();
    output.append(block.slice(lengthOf(token >>> 4, block)));
    if (block.remaining === 0) return;
    const offset = littleEndian(block, 2);
    output.repeat(offset, shortestMatch + lengthOf(token & 0x0f, block));
  }
}

function lengthOf(half: number, block: Reader): number {
  let length = half;
  if (half < continued) return length;
  for (;;) {
    const byte = block.uint8();
    length += byte;
    if (byte < 0xff) return length;
  }
}

function littleEndian(reader: Reader, length: number): number {
  return reader.slice(length).readUIntLE(0, length);
}
