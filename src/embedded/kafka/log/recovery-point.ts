/**
 * Moves a log's recovery point: flushes what was written, then says so in the checkpoint, so that whoever opens the log
 * need not read what lies before. It moves in the background, when a segment is full and every few megabytes, and to
 * the end when the log is closed. Beside that it flushes by the policy of the topic.
 */

import { type FlushPolicy, FlushSchedule, flushNever } from '../flush-policy.ts';
import type { SegmentStore } from '../storage/storage.ts';
import { type Checkpoint, writeCheckpoint } from './checkpoint.ts';
import type { LogSegment } from './log-segment.ts';
import type { Segments } from './segments.ts';

/** So many bytes, or an eighth of the segment, may lie behind the recovery point. */
const maxBytesBehind = 8 * 1024 * 1024;
const maxShareBehind = 8;

export class RecoveryPoint {
  readonly #store: SegmentStore;
  readonly #segments: Segments;
  readonly #state: () => Omit<Checkpoint, 'segments'>;
  readonly #log: (line: string) => void;
  readonly #schedule = new FlushSchedule(() => void this.#inBackground((unflushed) => this.#flush(unflushed)));
  #bytesBehind = 0;
  #isSaved: boolean;
  #isMoving = false;
  /** Whether it is to move once more, since more came meanwhile. */
  #isMoveDue = false;
  /** Counts the changes of the files that are no appends: a checkpoint from before is void. */
  #changes = 0;
  #isClosed = false;

  constructor(options: {
    readonly store: SegmentStore;
    readonly segments: Segments;
    /** What goes into the checkpoint. */
    readonly state: () => Omit<Checkpoint, 'segments'>;
    /** Whether the checkpoint says all of it; if not, so much had to be read. */
    readonly isAsSaved: boolean;
    readonly bytesRead: number;
    readonly log: (line: string) => void;
  }) {
    this.#store = options.store;
    this.#segments = options.segments;
    this.#state = options.state;
    this.#isSaved = options.isAsSaved;
    this.#log = options.log;
    // Whether what had to be read was flushed, nobody knows: the next flush that a policy asks for comes at once.
    if (options.bytesRead > 0) this.#schedule.wrote(Number.MAX_SAFE_INTEGER, flushNever);
    this.#moveBehind(options.bytesRead);
  }

  /** Whether the next so many messages are to be flushed before they are acknowledged. */
  isFlushDue(messages: number, policy: FlushPolicy): boolean {
    return this.#schedule.isDue(messages, policy);
  }

  /** Takes note of a batch that was appended, flushed or not. */
  appended(batch: { readonly count: number; readonly size: number }, isFlushed: boolean, policy: FlushPolicy): void {
    this.#isSaved = false;
    if (isFlushed) this.#schedule.flushed();
    else this.#schedule.wrote(batch.count, policy);
    this.#moveBehind(batch.size);
  }

  #moveBehind(bytes: number): void {
    this.#bytesBehind += bytes;
    if (this.#bytesBehind >= Math.max(maxBytesBehind, this.#segments.last.size / maxShareBehind)) this.moveSoon();
  }

  /** Moves the recovery point to where the log ends now, in the background. */
  moveSoon(): void {
    void this.#inBackground((unflushed) => this.#move(unflushed));
  }

  /** Moves it to the end of the log before this returns. */
  move(): void {
    if (this.#isSaved) return;
    for (const segment of this.#segments) if (!segment.isFlushed) segment.sync();
    this.#save(this.#checkpoint());
    this.#isSaved = true;
  }

  /** The files are about to be changed otherwise than by appending: there is no recovery point until it moves again. */
  invalidate(): void {
    this.#changes++;
    this.#isSaved = false;
    this.#store.checkpoint.remove();
  }

  close(): void {
    this.#isClosed = true;
    this.#schedule.flushed();
  }

  async #inBackground(work: (unflushed: readonly LogSegment[]) => Promise<void>): Promise<void> {
    this.#isMoveDue = this.#isMoving;
    if (this.#isMoving || this.#isClosed) return;
    this.#isMoving = true;
    try {
      await work([...this.#segments].filter((segment) => !segment.isFlushed));
    } catch (error) {
      if (!this.#isClosed) this.#log(`${(error as Error).message}; it will be tried again`);
    } finally {
      this.#isMoving = false;
      if (this.#isMoveDue) this.moveSoon();
    }
  }

  async #flush(unflushed: readonly LogSegment[]): Promise<void> {
    const sizes = unflushed.map(({ size }) => size);
    await Promise.all(unflushed.map((segment) => this.#flushIfThere(segment)));
    for (const [i, segment] of unflushed.entries()) segment.markFlushed(sizes[i] as number);
  }

  /** What retention takes meanwhile cannot be flushed, and need not be. */
  async #flushIfThere(segment: LogSegment): Promise<void> {
    try {
      await this.#store.flush(segment.baseOffset);
    } catch (error) {
      if ([...this.#segments].includes(segment)) throw error;
    }
  }

  async #move(unflushed: readonly LogSegment[]): Promise<void> {
    const checkpoint = this.#checkpoint();
    const changes = this.#changes;
    this.#bytesBehind = 0;
    await this.#flush(unflushed);
    if (!this.#isClosed && changes === this.#changes) this.#save(checkpoint);
  }

  #checkpoint(): Checkpoint {
    return { segments: [...this.#segments].map(({ summary }) => summary), ...this.#state() };
  }

  /** The indexes first: those that the checkpoint counts on. */
  #save(checkpoint: Checkpoint): void {
    for (const segment of this.#segments) segment.saveIndex();
    writeCheckpoint(this.#store.checkpoint, checkpoint);
  }
}
