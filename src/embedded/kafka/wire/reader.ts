/**
 * Reads Kafka's primitive types from one request, front to back. Everything a client sends is untrusted: each read
 * checks what is left, lengths are checked before anything is allocated, and what does not fit is a
 * {@link MalformedRequestError}, which costs the client its connection and nothing else.
 *
 * 64-bit integers become numbers: offsets, timestamps and producer ids stay far below 2^53, and what a client sends
 * beyond it is only ever compared, never kept.
 */

/** The bytes are not the request they claim to be. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
}

export class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  uint8(): number {
    return this.#bytes[this.#take(1)] as number;
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  int64(): number {
    const at = this.#take(8);
    return this.#bytes.readInt32BE(at) * 2 ** 32 + this.#bytes.readUInt32BE(at + 4);
  }

  /** An unsigned variable-length integer of at most 32 bits: lengths (plus one), tag numbers, sizes. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.uint8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedRequestError('A variable-length integer has more than 5 bytes');
  }

  /** The next bytes, as a view of the request. */
  slice(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  utf8(length: number): string {
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  #take(length: number): number {
    if (length < 0 || length > this.remaining) {
      throw new MalformedRequestError(`A field of ${length} bytes at byte ${this.#at} has only ${this.remaining} left`);
    }
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
