/**
 * Reads Snappy, which Node's zlib does not have, in the two forms in which producers send it: one plain block
 * (librdkafka), or blocks in the frame of xerial's Java library (Java, most others). What is written is right and not
 * smaller: compaction writes, which is rare, and what it keeps is little.
 *
 *     block: uncompressed length uvarint | elements
 *     element, by the two low bits of its tag:
 *       0: literal  length - 1 in 6 bits, or in the 1 to 4 bytes behind for 60 to 63 | bytes
 *       1: copy     length - 4 in 3 bits, offset in 3 bits and a byte
 *       2: copy     length - 1 in 6 bits, offset u16 little endian
 *       3: copy     length - 1 in 6 bits, offset u32 little endian
 *     frame: 82 'SNAPPY' 00 | version i32 | compatible with i32 | for each block: length i32, block
 */

import { Reader } from './reader.ts';
import { Uncompressed } from './uncompressed.ts';
import { Writer } from './writer.ts';

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const xerialHeaderLength = 16;
/** A literal's length, minus one, from which on it stands in bytes of its own. */
const longLiteral = 60;

/** @throws MalformedRequestError when it is no Snappy, or longer than `maxLength`. */
export function decompressSnappy(bytes: Buffer, maxLength: number): Buffer {
  const output = new Uncompressed(maxLength);
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    readBlock(new Reader(bytes), output);
    return output.finish();
  }
  const frame = new Reader(bytes);
  frame.slice(xerialHeaderLength);
  while (frame.remaining > 0) readBlock(new Reader(frame.slice(frame.int32())), output);
  return output.finish();
}

/** One block that holds the bytes as one literal. */
export function storeSnappy(bytes: Buffer): Buffer {
  const head = new Writer();
  head.uvarint(bytes.length);
  if (bytes.length === 0) return Buffer.concat(head.finish());
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length - 1);
  head.int8(((longLiteral + 3) << 2) - 256);
  return Buffer.concat([...head.finish(), length, bytes]);
}

function readBlock(block: Reader, output: Uncompressed): void {
  output.expect(block.uvarint());
  while (block.remaining > 0) {
    const tag = block.uint8();
    const high = tag >>> 2;
    switch (tag & 3) {
      case 0:
        output.append(block.slice(1 + (high < longLiteral ? high : littleEndian(block, high - longLiteral + 1))));
        break;
      case 1:
        output.repeat(((tag >>> 5) << 8) | block.uint8(), 4 + (high & 7));
        break;
      case 2:
        output.repeat(littleEndian(block, 2), 1 + high);
        break;
      default:
        output.repeat(littleEndian(block, 4), 1 + high);
    }
  }
}

function littleEndian(reader: Reader, length: number): number {
  return reader.slice(length).readUIntLE(0, length);
}
