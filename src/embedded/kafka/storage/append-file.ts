/** A file that only grows at its end, where an append that fails leaves nothing behind. */

import fs from 'node:fs';
import { storageError } from './disk-error.ts';

export class AppendFile {
  readonly path: string;
  readonly #fd: number;
  #size: number;
  #closed = false;

  constructor(path: string) {
    this.path = path;
    try {
      this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT);
      this.#size = fs.fstatSync(this.#fd).size;
    } catch (error) {
      throw storageError(error, `Cannot open ${path}`);
    }
  }

  get size(): number {
    return this.#size;
  }

  /** Appends, and with `sync` flushes: what could not be flushed is taken back as well. */
  append(bytes: Buffer, sync = false): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += fs.writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
      if (sync) fs.fdatasyncSync(this.#fd);
    } catch (error) {
      fs.ftruncateSync(this.#fd, this.#size);
      throw storageError(error, `Cannot write ${this.path}`);
    }
    this.#size += bytes.length;
  }

  read(position: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const got = fs.readSync(this.#fd, bytes, done, length - done, position + done);
      if (got === 0) throw storageError(new Error('the file is shorter than it was'), `Cannot read ${this.path}`);
      done += got;
    }
    return bytes;
  }

  truncate(size: number): void {
    fs.ftruncateSync(this.#fd, size);
    this.#size = size;
  }

  sync(): void {
    try {
      fs.fdatasyncSync(this.#fd);
    } catch (error) {
      throw storageError(error, `Cannot flush ${this.path}`);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    fs.closeSync(this.#fd);
  }
}

/** Puts a file with this content in the place of another: after a kill, the old or the new one is there, whole. */
export function replaceFile(path: string, content: readonly Buffer[]): void {
  const aside = `${path}.new`;
  fs.rmSync(aside, { force: true });
  const fresh = new AppendFile(aside);
  try {
    fresh.append(Buffer.concat(content), true);
    fs.renameSync(aside, path);
  } catch (error) {
    fs.rmSync(aside, { force: true });
    throw storageError(error, `Cannot replace ${path}`);
  } finally {
    fresh.close();
  }
}
