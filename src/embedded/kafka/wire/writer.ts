/**
 * Writes Kafka's primitive types. Record batches are not copied: {@link Writer.splice} hangs the kept buffers between
 * the written bytes, and the socket sends all of them in one writev.
 */

const initialSize = 512;

export class Writer {
  #bytes = Buffer.allocUnsafe(initialSize);
  #from = 0;
  #at = 0;
  readonly #finished: Buffer[] = [];
  #finishedLength = 0;

  /** How many bytes were written so far. */
  get length(): number {
    return this.#finishedLength + this.#at - this.#from;
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#at = this.#bytes.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  int64(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeInt32BE(Math.floor(value / 2 ** 32), this.#at);
    this.#at = this.#bytes.writeInt32BE(value | 0, this.#at);
  }

  uvarint(value: number): void {
    this.#reserve(5);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Copies the bytes in: for what is small. */
  bytes(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Hangs the buffers in without copying them; they must not change until they are sent. */
  splice(buffers: readonly Buffer[]): void {
    this.#cut();
    for (const buffer of buffers) {
      this.#finished.push(buffer);
      this.#finishedLength += buffer.length;
    }
  }

  /** All that was written, in order. The writer is used up. */
  finish(): Buffer[] {
    this.#cut();
    return this.#finished;
  }

  #cut(): void {
    if (this.#at === this.#from) return;
    this.#finished.push(this.#bytes.subarray(this.#from, this.#at));
    this.#finishedLength += this.#at - this.#from;
    this.#from = this.#at;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const pending = this.#bytes.subarray(this.#from, this.#at);
    const grown = Buffer.allocUnsafe(Math.max(initialSize, 2 * (pending.length + length)));
    pending.copy(grown);
    this.#bytes = grown;
    this.#at = pending.length;
    this.#from = 0;
  }
}
