/**
 * Opening a log: from its checkpoint where that can be believed, else by reading all of it.
 *
 * 1. The checkpoint is believed when the segments that it knows have their sizes (those that retention took are gone)
 *    and the last batches before the recovery point are right. Nothing else before that point is read.
 * 2. What lies behind the recovery point is read and checked, by checksums and by offsets. The log is cut at the first
 *    batch that is not as it was written, and ends there: it is a prefix of what was written.
 *
 * After a clean shut-down nothing lies behind the recovery point; files that have changed since are told of.
 */

import { KafkaError } from '../errors.ts';
import type { SegmentStore } from '../storage/storage.ts';
import { type Checkpoint, type Compacted, readCheckpoint } from './checkpoint.ts';
import { LogSegment } from './log-segment.ts';
import type { IndexCache } from './offset-index.ts';
import { ProducerStates } from './producer-states.ts';
import { Segments } from './segments.ts';

/** A log to be opened. */
export interface LogPlace {
  readonly store: SegmentStore;
  readonly cache: IndexCache;
  /** Whether the broker before has closed it. */
  readonly wasClosedCleanly: boolean;
  /** The first offset that may be asked for. */
  readonly startOffset: number;
  readonly log: (line: string) => void;
  /** Topic and partition, for messages. */
  readonly name: string;
}

export interface OpenedLog {
  readonly segments: Segments;
  readonly producers: ProducerStates;
  readonly compacted: Compacted;
  /** Whether its checkpoint says all of it. */
  readonly isAsSaved: boolean;
  /** How much had to be read. */
  readonly bytesRead: number;
}

export function openLog(place: LogPlace): OpenedLog {
  const { store, cache, startOffset } = place;
  const bases = store.list();
  const { checkpoint, opened } = believe(place, bases);
  const producers = new ProducerStates(checkpoint?.producers);
  const bytesKnown = opened.reduce((sum, { size }) => sum + size, 0);
  const kept = recover(place, opened, checkpoint, producers);
  const known = checkpoint?.segments.at(-1);
  const segments = new Segments(store, cache, kept, Math.max(startOffset, known?.endOffset ?? 0));
  const { last } = segments;
  // A loss of power can take the end of a log of which the journal knows that it was deleted.
  if (last.endOffset < startOffset || kept.length < opened.length) segments.roll(Math.max(last.endOffset, startOffset));
  const isAsSaved = segments.last.baseOffset === known?.baseOffset && segments.last.size === known.size;
  return {
    segments,
    producers,
    compacted: checkpoint?.compacted ?? { until: 0, bytes: 0 },
    isAsSaved,
    bytesRead: segments.sizeInBytes - bytesKnown,
  };
}

interface Believed {
  readonly checkpoint: Checkpoint | undefined;
  /** All segments, of which so much is known as the checkpoint says. */
  readonly opened: readonly LogSegment[];
}

function believe(place: LogPlace, bases: readonly number[]): Believed {
  const { store, cache, name, wasClosedCleanly, log } = place;
  const checkpoint = readCheckpoint(store.checkpoint);
  const summaries = new Map(checkpoint?.segments.map((segment) => [segment.baseOffset, segment]));
  const open = (base: number) => new LogSegment(store, cache, summaries.get(base) ?? { baseOffset: base });
  const opened = bases.map(open);
  const objection = checkpoint === undefined ? 'its checkpoint is missing or damaged' : objectionTo(checkpoint, opened);
  if (objection === undefined) {
    const grown = wasClosedCleanly ? opened.find((segment) => segment.fileSize > segment.size) : undefined;
    if (grown !== undefined) log(`${name}: ${sizeOf(grown)}, as the clean shut-down left it: reading the rest`);
    return { checkpoint, opened };
  }
  // A folder that was never closed may have none yet.
  const isNews = checkpoint !== undefined || wasClosedCleanly;
  if (bases.length > 0 && isNews) log(`${name}: ${objection}: all of it is read again`);
  // It might seem right again once the files have grown.
  store.checkpoint.remove();
  for (const segment of opened) segment.close();
  summaries.clear();
  return { checkpoint: undefined, opened: bases.map(open) };
}

/** What in the files contradicts the checkpoint. */
function objectionTo({ segments }: Checkpoint, opened: readonly LogSegment[]): string | undefined {
  const active = segments.at(-1);
  const [first] = opened;
  if (active === undefined || first === undefined) return undefined;
  const bases = new Set(opened.map(({ baseOffset }) => baseOffset));
  const missing = segments.find(({ baseOffset }) => baseOffset > first.baseOffset && !bases.has(baseOffset));
  if (missing !== undefined) return `the segment that begins with offset ${missing.baseOffset} is missing`;
  for (const segment of opened) {
    const isBehind = segment.baseOffset >= active.endOffset && segment.size === 0;
    const isActive = segment.baseOffset === active.baseOffset;
    const isRight = isActive || isBehind ? segment.fileSize >= segment.size : segment.fileSize === segment.size;
    if (!isRight) return sizeOf(segment);
    const damage = isActive ? damageAtEnd(segment) : undefined;
    if (damage !== undefined) return damage;
  }
  return undefined;
}

function damageAtEnd(segment: LogSegment): string | undefined {
  try {
    return segment.isTailIntact() ? undefined : `${segment.path} is damaged near its end`;
  } catch (error) {
    if (error instanceof KafkaError) return error.message;
    throw error;
  }
}

function sizeOf({ path, fileSize, size }: LogSegment): string {
  return `${path} has ${fileSize} bytes and not ${size}`;
}

/** Reads what is not known yet; the segments that stay. */
function recover(
  { store, name, log, startOffset }: LogPlace,
  opened: readonly LogSegment[],
  checkpoint: Checkpoint | undefined,
  producers: ProducerStates,
): readonly LogSegment[] {
  const kept: LogSegment[] = [];
  let endOffset = checkpoint?.segments.at(-1)?.endOffset ?? 0;
  for (const [i, segment] of opened.entries()) {
    if (kept.length > 0 && segment.baseOffset < endOffset) {
      // A kill in mid-compaction left a segment whose records were merged into the one before.
      remove(store, [segment]);
      continue;
    }
    // Only segments that were sealed long ago can have been compacted.
    const isBehind = checkpoint !== undefined && segment.size === 0;
    const isGap = isBehind && segment.baseOffset > Math.max(endOffset, startOffset);
    const cut = isGap
      ? { position: 0, length: segment.fileSize, reason: `offset ${segment.baseOffset} where ${endOffset} was due` }
      : segment.recover(checkpoint !== undefined || i === opened.length - 1, ({ header, bytes }) =>
          producers.note(header, bytes),
        );
    if (!isGap) {
      kept.push(segment);
      endOffset = segment.endOffset;
    }
    if (cut === undefined) continue;
    const behind = opened.slice(i + 1);
    const more = behind.reduce((sum, { fileSize }) => sum + fileSize, 0);
    remove(store, isGap ? [segment, ...behind] : behind);
    log(
      `${segment.path}: cut at byte ${cut.position}, dropped ${cut.length} bytes (${cut.reason})` +
        `${behind.length === 0 ? '' : ` and ${more} bytes in segments behind it`}: ${name} ends at offset ${endOffset}`,
    );
    break;
  }
  return kept;
}

function remove(store: SegmentStore, segments: readonly LogSegment[]): void {
  for (const segment of segments) {
    segment.close();
    store.remove(segment.baseOffset);
  }
}
