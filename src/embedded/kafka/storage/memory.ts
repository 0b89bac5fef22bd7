/** Storage that ends with the broker: for tests, and for whoever only wants to look. */

import type { SegmentFile, SegmentStore, SideFile, Storage } from './storage.ts';

export function memoryStorage(): Storage {
  return {
    journal: { isDamaged: false, entries: () => [], write: () => {} },
    wasClosedCleanly: true,
    partition: () => memorySegments(),
    topicFolders: () => [],
    removeTopic: () => {},
    setTopicAside: (topicFolder) => topicFolder,
    markClosedCleanly: () => {},
    close: () => {},
  };
}

/** What is made again at each start need not be kept. */
const nothingKept: SideFile = { read: () => undefined, write: () => {}, remove: () => {} };

function memorySegments(): SegmentStore {
  const segments = new Map<number, SegmentFile>();
  return {
    list: () => [...segments.keys()].sort((a, b) => a - b),
    open: (baseOffset) => {
      const segment = segments.get(baseOffset) ?? new MemorySegment();
      segments.set(baseOffset, segment);
      return segment;
    },
    replace: (baseOffset, content) => {
      const segment = new MemorySegment();
      for (const piece of content) segment.append(piece);
      segments.set(baseOffset, segment);
    },
    remove: (baseOffset) => {
      segments.delete(baseOffset);
    },
    index: () => nothingKept,
    checkpoint: nothingKept,
    flush: () => Promise.resolve(),
  };
}

/** Keeps the appended buffers themselves and finds them by binary search. */
class MemorySegment implements SegmentFile {
  readonly path = 'memory';
  size = 0;
  readonly #pieces: Buffer[] = [];
  readonly #positions: number[] = [];

  append(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#positions.push(this.size);
    this.size += bytes.length;
  }

  read(position: number, length: number): readonly Buffer[] {
    return slicePieces(this.#pieces, this.#positions, position, length);
  }

  truncate(size: number): void {
    const kept = size === 0 ? [] : this.read(0, size);
    this.#pieces.length = 0;
    this.#positions.length = 0;
    this.size = 0;
    for (const piece of kept) this.append(piece);
  }

  sync(): void {}

  close(): void {}
}

/** The bytes from `position` on out of pieces that lie one after another, each at its place in `positions`. */
export function slicePieces(
  pieces: readonly Buffer[],
  positions: readonly number[],
  position: number,
  length: number,
): Buffer[] {
  let low = 0;
  let high = positions.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((positions[middle] as number) <= position) low = middle;
    else high = middle - 1;
  }
  const end = position + length;
  const slices: Buffer[] = [];
  for (let i = low; i < pieces.length; i++) {
    const piece = pieces[i] as Buffer;
    const at = positions[i] as number;
    if (at >= end) break;
    const from = Math.max(position - at, 0);
    const to = Math.min(end - at, piece.length);
    slices.push(from === 0 && to === piece.length ? piece : piece.subarray(from, to));
  }
  return slices;
}
