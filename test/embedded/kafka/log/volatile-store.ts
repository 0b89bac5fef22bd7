/** A store of segments in memory that can lose its power: what was not flushed is then gone, more or less of it. */

import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { SegmentFile, SegmentStore, SideFile } from '../../../../src/embedded/kafka/storage/storage.ts';

class VolatileFile implements SegmentFile {
  readonly path = 'volatile';
  readonly #onRead: (length: number) => void;
  #pieces: Buffer[] = [];
  size = 0;
  flushed = 0;

  constructor(onRead: (length: number) => void) {
    this.#onRead = onRead;
  }

  /** All of it. */
  get bytes(): Buffer {
    if (this.#pieces.length !== 1) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0] as Buffer;
  }

  append(bytes: Buffer, sync: boolean): void {
    this.#pieces.push(bytes);
    this.size += bytes.length;
    if (sync) this.sync();
  }

  read(position: number, length: number): readonly Buffer[] {
    this.#onRead(length);
    return [this.bytes.subarray(position, position + length)];
  }

  truncate(size: number): void {
    this.#pieces = [this.bytes.subarray(0, size)];
    this.size = size;
    this.flushed = Math.min(this.flushed, size);
  }

  sync(): void {
    this.flushed = this.size;
  }

  close(): void {}
}

export class VolatileStore implements SegmentStore {
  readonly #files = new Map<number, VolatileFile>();
  readonly #sides = new Map<string, Buffer>();
  readonly checkpoint = this.#side('checkpoint');
  #flushing: Promise<void> = Promise.resolve();
  /** How much was read of segments so far. */
  bytesRead = 0;
  /** Why nothing can be flushed in the background, for now. */
  flushFailure: Error | undefined;

  list(): readonly number[] {
    return [...this.#files.keys()].sort((a, b) => a - b);
  }

  open(baseOffset: number): SegmentFile {
    const known = this.#files.get(baseOffset);
    const file = known ?? new VolatileFile((length) => (this.bytesRead += length));
    this.#files.set(baseOffset, file);
    return file;
  }

  index(baseOffset: number): SideFile {
    return this.#side(`index ${baseOffset}`);
  }

  replace(baseOffset: number, content: readonly Buffer[]): void {
    this.remove(baseOffset);
    this.open(baseOffset).append(Buffer.concat(content), true);
  }

  remove(baseOffset: number): void {
    this.index(baseOffset).remove();
    this.#files.delete(baseOffset);
  }

  flush(baseOffset: number): Promise<void> {
    const file = this.#files.get(baseOffset);
    const { size = 0 } = file ?? {};
    const flushed = this.#flushing.then(() => {
      if (this.flushFailure !== undefined) throw this.flushFailure;
      if (file !== undefined) file.flushed = Math.max(file.flushed, Math.min(size, file.size));
    });
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  /** Resolves when what was to be flushed in the background is, and who waited for it has gone on. */
  async idle(): Promise<void> {
    await this.#flushing;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The offset before which everything is flushed, in files that were never compacted. */
  get flushedEnd(): number {
    let end = 0;
    for (const base of this.list()) {
      const { bytes, flushed } = this.#files.get(base) as VolatileFile;
      end = base;
      for (let at = 0; at < flushed; at += readHeader(bytes, at).size) end = readHeader(bytes, at).lastOffset + 1;
      if (flushed < bytes.length) break;
    }
    return end;
  }

  /**
   * Loses of each segment a share of what was not flushed (`lost`, in turns), and the side files if `losesSides`. Where
   * no checkpoint is left to tell of gaps, a segment has nothing that was not flushed when one before has lost some.
   */
  losePower(lost: readonly number[], losesSides: boolean): void {
    if (losesSides) this.#sides.clear();
    const isInOrder = this.checkpoint.read() === undefined;
    let hasLost = false;
    for (const [i, base] of this.list().entries()) {
      const file = this.#files.get(base) as VolatileFile;
      const { size, flushed } = file;
      const share = hasLost && isInOrder ? 1 : (lost[i % lost.length] ?? 1);
      file.truncate(flushed + Math.floor((1 - share) * (size - flushed)));
      hasLost ||= file.size < size;
      if (file.size === 0 && size > 0 && share > 0.5) this.#files.delete(base);
    }
  }

  #side(name: string): SideFile {
    return {
      read: () => this.#sides.get(name),
      write: (bytes) => void this.#sides.set(name, Buffer.from(bytes)),
      remove: () => void this.#sides.delete(name),
    };
  }
}
