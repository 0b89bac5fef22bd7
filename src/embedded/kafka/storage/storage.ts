/**
 * What the broker needs from a place to keep things, in memory or on disk. Calls are synchronous, on purpose: a request
 * is then done in one piece, nothing can come between a check and its write, and "acknowledged" means handed to the
 * operating system. For a development broker on local files that costs microseconds. Only flushing to the disk in the
 * background is not: it takes tens of milliseconds.
 *
 * Whatever cannot be kept is a KafkaError KAFKA_STORAGE_ERROR, and then nothing of the call was kept.
 */

/** JSON that the journal keeps. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The broker's own state (topics, offsets, transactions, …) as values by key, as they were last written. */
export interface Journal {
  /** Whether something of it was lost, by a loss of power or a broken disk. */
  readonly isDamaged: boolean;
  /** What there was at the start. */
  entries(): Iterable<readonly [key: string, value: Json]>;
  /** Writes all of the changes or none; null removes. */
  write(changes: ReadonlyMap<string, Json>): void;
}

/** A file of record batches that only grows at its end. */
export interface SegmentFile {
  /** How messages name it. */
  readonly path: string;
  readonly size: number;
  /** With `sync` it survives a loss of power, too. */
  append(bytes: Buffer, sync: boolean): void;
  /** The bytes from `position` on, as views that never change; `length` must lie within the size. */
  read(position: number, length: number): readonly Buffer[];
  /** Cuts the end off. */
  truncate(size: number): void;
  /** Makes sure that all of it survives a loss of power. */
  sync(): void;
  close(): void;
}

/** A small file that saves work and can be made again. Its reader checks it: nothing promises that it is right. */
export interface SideFile {
  /** undefined where there is none. */
  read(): Buffer | undefined;
  /** Puts this in the place of what there was: after a kill, the old or the new is there. */
  write(bytes: Buffer): void;
  remove(): void;
}

/** The segments of one partition, each named by the offset that it starts with. */
export interface SegmentStore {
  /** The base offsets, ascending. */
  list(): readonly number[];
  /** Opens the segment, and makes it where it is not there. */
  open(baseOffset: number): SegmentFile;
  /** The index of a segment; replacing or removing the segment removes it. */
  index(baseOffset: number): SideFile;
  /** What was known of the partition's log when it was last flushed. */
  readonly checkpoint: SideFile;
  /** Puts a segment with this content in its place, in one step; who has the old one open reads on in it. */
  replace(baseOffset: number, content: readonly Buffer[]): void;
  remove(baseOffset: number): void;
  /** Makes sure, in the background, that what the segment holds now survives a loss of power. */
  flush(baseOffset: number): Promise<void>;
}

export interface Storage {
  readonly journal: Journal;
  /** Whether the broker before closed it, so that its files are as they should be. */
  readonly wasClosedCleanly: boolean;
  partition(topicFolder: string, partition: number): SegmentStore;
  /** The folders of topics that are kept. */
  topicFolders(): readonly string[];
  removeTopic(topicFolder: string): void;
  /**
   * Moves the folder of a topic that nobody knows out of the way.
   *
   * @returns where it is now.
   */
  setTopicAside(topicFolder: string): string;
  /** Says that all partitions were closed as they should be; comes right before `close`. */
  markClosedCleanly(): void;
  close(): void;
}
