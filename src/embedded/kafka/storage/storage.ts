/**
 * What the broker needs from a place to keep things, in memory or on disk. All calls are synchronous, on purpose:
 * a request is then done in one piece, nothing can come between a check and its write, and "acknowledged" means
 * handed to the operating system. For a development broker on local files that costs microseconds.
 *
 * Whatever cannot be kept is a KafkaError KAFKA_STORAGE_ERROR, and then nothing of the call was kept.
 */

/** JSON that the journal keeps. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The broker's own state (topics, offsets, transactions, …) as values by key, as they were last written. */
export interface Journal {
  /** What there was at the start. */
  entries(): Iterable<readonly [key: string, value: Json]>;
  /** Writes all of the changes or none; null removes. */
  write(changes: ReadonlyMap<string, Json>): void;
}

/** A file of record batches that only grows at its end. */
export interface SegmentFile {
  readonly size: number;
  append(bytes: Buffer): void;
  /** The bytes from `position` on, as views that never change; `length` must lie within the size. */
  read(position: number, length: number): readonly Buffer[];
  /** Cuts the end off. */
  truncate(size: number): void;
  /** Makes sure that it survives a loss of power. */
  sync(): void;
  close(): void;
}

/** The segments of one partition, each named by the offset that it starts with. */
export interface SegmentStore {
  /** The base offsets, ascending. */
  list(): readonly number[];
  /** Opens the segment, and makes it where it is not there. */
  open(baseOffset: number): SegmentFile;
  /** Puts a segment with this content in its place, in one step; who has the old one open reads on in it. */
  replace(baseOffset: number, content: readonly Buffer[]): void;
  remove(baseOffset: number): void;
}

export interface Storage {
  readonly journal: Journal;
  partition(topicFolder: string, partition: number): SegmentStore;
  /** The folders of topics that are kept. */
  topicFolders(): readonly string[];
  removeTopic(topicFolder: string): void;
  close(): void;
}
