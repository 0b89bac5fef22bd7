/** What comes out of a decompression: it grows as needed, up to a limit, and repeats itself. */

import { MalformedRequestError } from './reader.ts';

const initialLength = 4096;

export class Uncompressed {
  #bytes = Buffer.allocUnsafe(initialLength);
  #length = 0;
  readonly #maxLength: number;

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** So many bytes are said to come: what cannot be is refused before it is made. */
  expect(length: number): void {
    if (this.#length + length <= this.#maxLength) return;
    throw new MalformedRequestError(`Compressed records become more than ${this.#maxLength} bytes`);
  }

  append(bytes: Buffer): void {
    this.#reserve(bytes.length);
    bytes.copy(this.#bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends what stands `offset` bytes before the end. It may run into what it appends: then it goes round. */
  repeat(offset: number, length: number): void {
    if (offset < 1 || offset > this.#length) {
      throw new MalformedRequestError(`Compressed records refer to ${offset} bytes before byte ${this.#length}`);
    }
    this.#reserve(length);
    const bytes = this.#bytes;
    const from = this.#length - offset;
    if (offset >= length) bytes.copyWithin(this.#length, from, from + length);
    else for (let i = 0; i < length; i++) bytes[this.#length + i] = bytes[from + i] as number;
    this.#length += length;
  }

  /** All of it; nothing can be appended any more. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(length: number): void {
    this.expect(length);
    const needed = this.#length + length;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
