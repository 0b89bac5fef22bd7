/** The segments of a log, in the order of their offsets; the last one is written to, and there always is one. */

import type { SegmentStore } from '../storage/storage.ts';
import { LogSegment } from './log-segment.ts';
import type { IndexCache } from './offset-index.ts';

export class Segments implements Iterable<LogSegment> {
  readonly #store: SegmentStore;
  readonly #cache: IndexCache;
  readonly #segments: LogSegment[];

  /** Takes over segments that are open; without any, the first begins at `startOffset`. */
  constructor(store: SegmentStore, cache: IndexCache, segments: readonly LogSegment[], startOffset: number) {
    this.#store = store;
    this.#cache = cache;
    this.#segments = [...segments];
    for (const segment of segments.slice(0, -1)) segment.seal();
    if (segments.length === 0) this.roll(startOffset);
  }

  [Symbol.iterator](): Iterator<LogSegment> {
    return this.#segments.values();
  }

  get first(): LogSegment {
    return this.#segments[0] as LogSegment;
  }

  get last(): LogSegment {
    return this.#segments.at(-1) as LogSegment;
  }

  /** Those that are no longer written to. */
  get sealed(): readonly LogSegment[] {
    return this.#segments.slice(0, -1);
  }

  get sizeInBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** The segments from the one that holds an offset on. */
  from(offset: number): readonly LogSegment[] {
    const holder = this.#segments.findLastIndex((segment) => segment.baseOffset <= offset);
    return this.#segments.slice(Math.max(0, holder));
  }

  /** Begins a new segment. */
  roll(baseOffset: number): void {
    const segment = new LogSegment(this.#store, this.#cache, { baseOffset });
    this.#segments.at(-1)?.seal();
    this.#segments.push(segment);
  }

  /**
   * Removes the segments whose offsets all lie before one, but not the last. Where they end says the next one's base:
   * compaction may have left fewer records, or none.
   */
  dropBefore(offset: number): void {
    while ((this.#segments[1]?.baseOffset ?? Number.POSITIVE_INFINITY) <= offset) {
      const segment = this.#segments.shift() as LogSegment;
      segment.close();
      this.#store.remove(segment.baseOffset);
    }
  }

  /** Puts one segment with this content in the place of several sealed ones that follow one another. */
  merge(group: readonly LogSegment[], content: readonly Buffer[]): void {
    const [first] = group;
    if (first === undefined) return;
    const { baseOffset } = first;
    this.#store.replace(baseOffset, content);
    const merged = new LogSegment(this.#store, this.#cache, { baseOffset });
    merged.recover(false, () => {});
    merged.markFlushed(merged.size);
    merged.seal();
    this.#segments.splice(this.#segments.indexOf(first), group.length, merged);
    for (const segment of group) {
      segment.close();
      if (segment !== first) this.#store.remove(segment.baseOffset);
    }
  }

  close(): void {
    for (const segment of this.#segments) segment.close();
  }
}
