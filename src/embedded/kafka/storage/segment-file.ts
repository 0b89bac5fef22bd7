/**
 * A segment on disk. Its newest bytes stay in memory as they came, bounded over all segments by one
 * {@link TailCache}: a consumer that keeps up is served without a read and without a copy.
 */

import { AppendFile } from './append-file.ts';
import { slicePieces } from './memory.ts';
import type { SegmentFile } from './storage.ts';

/** Says whose oldest kept bytes go when there are too many. */
export class TailCache {
  readonly #limit: number;
  #bytes = 0;
  #queue: Array<readonly [segment: CachedSegment, length: number]> = [];
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(segment: CachedSegment, length: number): void {
    this.#queue.push([segment, length]);
    this.#bytes += length;
    for (; this.#bytes > this.#limit; this.#next++) {
      const [oldest, size] = this.#queue[this.#next] as readonly [CachedSegment, number];
      oldest.forgetOldest();
      this.#bytes -= size;
    }
    // Taking from the front of a long array is slow: the used part goes when it is the larger one.
    if (this.#next > 1024 && this.#next > this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#next);
      this.#next = 0;
    }
  }
}

interface CachedSegment {
  forgetOldest(): void;
}

/** Opens the segment's file, and makes it where it is not there. */
export function openSegmentFile(path: string, cache: TailCache): SegmentFile {
  const file = new AppendFile(path);
  let pieces: Buffer[] = [];
  let positions: number[] = [];
  let forgotten = 0;
  const cached: CachedSegment = {
    forgetOldest: () => {
      forgotten++;
      if (forgotten < 64 && forgotten < pieces.length) return;
      pieces = pieces.slice(forgotten);
      positions = positions.slice(forgotten);
      forgotten = 0;
    },
  };
  return {
    path,
    get size() {
      return file.size;
    },
    append: (bytes, sync) => {
      const position = file.size;
      file.append(bytes, sync);
      pieces.push(bytes);
      positions.push(position);
      cache.add(cached, bytes.length);
    },
    read: (position, length) => {
      const from = positions[0];
      if (from === undefined || position < from) return [file.read(position, length)];
      return slicePieces(pieces, positions, position, length);
    },
    truncate: (size) => {
      pieces = [];
      positions = [];
      forgotten = 0;
      file.truncate(size);
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
