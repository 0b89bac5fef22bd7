/**
 * Compaction: of each key the last record stays, in its place and with its offset.
 *
 * It works on segments that are no longer written to and lie below the last stable offset. There it leaves plain,
 * committed data: records of aborted transactions and markers go, and what stays loses its producer, so that nothing
 * needs its marker any more. A tombstone stays until it is older than `delete.retention.ms`. Records without a key,
 * and batches that cannot be opened, stay.
 */

import { batchOverhead, hasAppendTime, rebuildBatch } from './batch.ts';
import type { PlacedBatch } from './batch-scan.ts';
import type { LogSegment } from './log-segment.ts';
import type { AbortedTransaction } from './producer-states.ts';
import { closeRecords, newestOf, openRecords, type RecordView, recordsOf } from './records.ts';

/** What compaction needs to know of a log. */
export interface CompactionInput {
  /** All segments, the active one too: its keys count, its records stay. */
  readonly segments: readonly LogSegment[];
  /** Records from here on are not committed yet. */
  readonly stableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** Tombstones that are older go. */
  readonly tombstonesUntil: number;
}

/** Segments that follow one another, and the batches that stay of them, to be one segment. */
export interface Merger {
  readonly group: readonly LogSegment[];
  readonly content: readonly Buffer[];
}

/** Compacts the segments of `closed`, which are the first of all, merging them to at most `segmentBytes` each. */
export function* compact(
  closed: readonly LogSegment[],
  segmentBytes: number,
  input: CompactionInput,
): Generator<Merger> {
  const stays = planCompaction(input);
  let group: LogSegment[] = [];
  let content: Buffer[] = [];
  let size = 0;
  for (const segment of closed) {
    const kept = [...batches({ ...input, segments: [segment] })].flatMap((one) => compactBatch(one, stays));
    const keptSize = kept.reduce((sum, batch) => sum + batch.length, 0);
    if (group.length > 0 && size + keptSize > segmentBytes) {
      yield { group, content };
      [group, content, size] = [[], [], 0];
    }
    group.push(segment);
    content.push(...kept);
    size += keptSize;
  }
  if (group.length > 0) yield { group, content };
}

/** Reads all keys; says which records stay. */
function planCompaction(input: CompactionInput): (record: RecordView) => boolean {
  const lastOffsets = new Map<string, number>();
  let hasClosedBatches = false;
  for (const { segment, placed } of batches(input)) {
    const opened = openRecords(placed.header, segment.batch(placed));
    if (opened === undefined) {
      hasClosedBatches = true;
      continue;
    }
    for (const { key, offset } of recordsOf(placed.header, opened)) if (key !== null) lastOffsets.set(id(key), offset);
  }
  return ({ key, offset, isTombstone, timestamp }) => {
    if (key === null) return true;
    if (lastOffsets.get(id(key)) !== offset) return false;
    // A batch that cannot be opened may hold an older value, which the tombstone's going would bring back.
    return !isTombstone || hasClosedBatches || timestamp >= input.tombstonesUntil;
  };
}

/** What stays of a batch: it, a smaller one, or none. */
function compactBatch({ segment, placed }: SegmentBatch, stays: (record: RecordView) => boolean): readonly Buffer[] {
  const { header } = placed;
  const batch = segment.batch(placed);
  const opened = openRecords(header, batch);
  if (opened === undefined) return [rebuildBatch(batch, batch.subarray(batchOverhead), header)];
  const records = [...recordsOf(header, opened)].filter(stays);
  if (records.length === 0) return [];
  const bytes = Buffer.concat(records.map((record) => record.bytes));
  const maxTimestamp = hasAppendTime(header) ? header.maxTimestamp : newestOf(records);
  return [rebuildBatch(batch, closeRecords(header, bytes), { count: records.length, maxTimestamp })];
}

interface SegmentBatch {
  readonly segment: LogSegment;
  readonly placed: PlacedBatch;
}

/** The batches of committed data. */
function* batches(input: CompactionInput): Generator<SegmentBatch> {
  for (const segment of input.segments) {
    for (const placed of segment.batchesFrom(segment.baseOffset)) {
      const { header } = placed;
      if (header.baseOffset >= input.stableOffset) return;
      const isAborted =
        header.transactional &&
        input.aborted.some(
          (one) =>
            one.producerId === header.producerId &&
            one.firstOffset <= header.baseOffset &&
            header.baseOffset <= one.lastOffset,
        );
      if (!header.control && !isAborted) yield { segment, placed };
    }
  }
}

function id(key: Buffer): string {
  return key.toString('latin1');
}
