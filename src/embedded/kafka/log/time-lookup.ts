/**
 * Offsets by time. As in Kafka, markers count like records, with the time at which their transaction ended, and so do
 * records that were aborted.
 */

import type { LogSegment } from './log-segment.ts';
import { firstRecordAt, newestRecordFrom, type TimedOffset } from './records.ts';
import type { Segments } from './segments.ts';

const nowhere: TimedOffset = { offset: -1, timestamp: -1 };

/** The part of a log in which to look. */
export interface Range {
  readonly segments: Segments;
  readonly startOffset: number;
  /** What the reader may see ends here. */
  readonly before: number;
}

/** The first record that is not older than `timestamp`. */
export function offsetAt({ segments, startOffset, before }: Range, timestamp: number): TimedOffset {
  for (const segment of segments.from(startOffset)) {
    for (const placed of segment.batchesSince(timestamp)) {
      if (placed.header.baseOffset >= before) return nowhere;
      if (placed.header.lastOffset < startOffset) continue;
      const found = firstRecordAt(placed.header, segment.batch(placed), timestamp, startOffset);
      // A batch can be cut in two by the deletion of records, and the end of what may be seen lie between.
      if (found !== undefined) return found.offset < before ? found : nowhere;
    }
  }
  return nowhere;
}

/** The newest record by its time, the first of several (KIP-734). */
export function offsetOfMaxTimestamp(range: Range): TimedOffset {
  const { segments, startOffset } = range;
  const newest = segments.from(startOffset).reduce((max, segment) => Math.max(max, newestIn(segment, startOffset)), -1);
  return newest < 0 ? nowhere : offsetAt(range, newest);
}

/** The newest time of a segment, of which the first records may be deleted. */
function newestIn(segment: LogSegment, startOffset: number): number {
  if (startOffset <= segment.baseOffset) return segment.maxTimestamp;
  let newest = -1;
  for (const placed of segment.batchesFrom(startOffset)) {
    newest = Math.max(
      newest,
      newestRecordFrom(placed.header, () => segment.batch(placed), startOffset),
    );
  }
  return newest;
}
