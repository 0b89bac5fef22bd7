/**
 * What was known of a log at its recovery point, up to which it was flushed: opening the log goes on from there.
 *
 *     CRC-32C of what follows u32, JSON
 */

import { crc32c } from '../../../checksum/crc32c.ts';
import type { SideFile } from '../storage/storage.ts';
import type { SegmentSummary } from './log-segment.ts';
import type { ProducersSnapshot } from './producer-states.ts';

/** How far the log is compacted. */
export interface Compacted {
  readonly until: number;
  /** How many bytes were left. */
  readonly bytes: number;
}

export interface Checkpoint {
  /** The recovery point is the end of the last one. */
  readonly segments: readonly SegmentSummary[];
  readonly producers: ProducersSnapshot;
  readonly compacted: Compacted;
}

const format = 1;
const checksumLength = 4;

export function writeCheckpoint(file: SideFile, checkpoint: Checkpoint): void {
  const json = Buffer.from(JSON.stringify({ format, ...checkpoint }));
  const checksum = Buffer.alloc(checksumLength);
  checksum.writeUInt32BE(crc32c(json));
  file.write(Buffer.concat([checksum, json]));
}

/** What was written last; undefined where there is nothing, or nothing whole. */
export function readCheckpoint(file: SideFile): Checkpoint | undefined {
  const bytes = file.read();
  if (bytes === undefined || bytes.length <= checksumLength) return undefined;
  if (crc32c(bytes, checksumLength) !== bytes.readUInt32BE(0)) return undefined;
  const read = JSON.parse(bytes.toString('utf8', checksumLength)) as Checkpoint & { readonly format: number };
  return read.format === format ? read : undefined;
}
