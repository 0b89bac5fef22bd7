/** Reads a log as consumers do: batch by batch, with the records of aborted transactions dropped by the client. */

import { type BatchHeader, isCommitMarker, isIntact, readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { openRecords, recordsOf } from '../../../../src/embedded/kafka/log/records.ts';

/** A record or a marker. */
export interface Entry {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | null;
  readonly isTombstone: boolean;
  readonly isMarker: boolean;
  /** All of its bytes. */
  readonly content: string;
}

/** The batches in bytes as they were fetched. */
export function* batchesIn(bytes: Buffer): Generator<{ readonly header: BatchHeader; readonly batch: Buffer }> {
  for (let at = 0; at < bytes.length; ) {
    const header = readHeader(bytes, at);
    const batch = bytes.subarray(at, at + header.size);
    if (!isIntact(batch)) throw new Error(`The batch of offset ${header.baseOffset} is damaged`);
    yield { header, batch };
    at += header.size;
  }
}

export function entriesOf(header: BatchHeader, batch: Buffer): readonly Entry[] {
  return [...recordsOf(header, openRecords(header, batch) ?? Buffer.alloc(0))].map((record) => ({
    offset: record.offset,
    timestamp: record.timestamp,
    key: record.key?.toString('latin1') ?? null,
    isTombstone: record.isTombstone,
    isMarker: header.control,
    content: record.bytes.toString('latin1'),
  }));
}

/** One fetch. */
export function fetchFrom(log: PartitionLog, offset: number, maxBytes: number, committed: boolean): Buffer {
  const extent = log.extent(offset, maxBytes, committed, true);
  return extent === undefined ? Buffer.alloc(0) : Buffer.concat(extent.segment.read(extent.position, extent.length));
}

/** Everything from an offset on, markers too; of aborted transactions nothing, with `committed`. */
export function readEntries(log: PartitionLog, from: number, maxBytes: number, committed: boolean): readonly Entry[] {
  const entries: Entry[] = [];
  for (let offset = from; ; ) {
    const extent = log.extent(offset, maxBytes, committed, true);
    if (extent === undefined) return entries.filter((entry) => entry.offset >= from);
    const pending = [...(committed ? log.abortedIn(offset, extent) : [])].sort((a, b) => a.firstOffset - b.firstOffset);
    const aborted = new Set<number>();
    const bytes = Buffer.concat(extent.segment.read(extent.position, extent.length));
    for (const { header, batch } of batchesIn(bytes)) {
      while ((pending[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= header.lastOffset) {
        aborted.add(pending.shift()?.producerId ?? -1);
      }
      offset = header.lastOffset + 1;
      if (header.control && !isCommitMarker(batch)) aborted.delete(header.producerId);
      if (!header.transactional || header.control || !aborted.has(header.producerId)) {
        entries.push(...entriesOf(header, batch));
      }
    }
  }
}
