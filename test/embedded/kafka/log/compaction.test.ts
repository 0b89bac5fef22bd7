import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { isIntact, readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { openRecords, recordsOf } from '../../../../src/embedded/kafka/log/records.ts';
import { diskStorage } from '../../../../src/embedded/kafka/storage/disk.ts';
import { newFolder } from '../folders.ts';
import { recordBatch } from '../record-batches.ts';

const deleteRetentionMs = 1000;

function open(folder: string) {
  const storage = diskStorage({ folder, flush: flushNever, log: () => {} });
  const log = new PartitionLog({
    store: storage.partition('topic', 0),
    config: () => ({
      segmentBytes: 600,
      retentionMs: -1,
      retentionBytes: -1,
      deletes: false,
      compacts: true,
      deleteRetentionMs,
      appendTime: false,
      flush: flushNever,
    }),
    startOffset: 0,
    log: () => {},
    name: 'topic-0',
  });
  const close = (): void => {
    log.close();
    storage.close();
  };
  return { log, close };
}

interface Seen {
  readonly offset: number;
  readonly key: string;
  readonly isTombstone: boolean;
}

/** The records that a read-committed consumer sees, fetch by fetch, aborted ones dropped as clients do it. */
function readCommitted(log: PartitionLog): readonly Seen[] {
  const seen: Seen[] = [];
  for (let offset = 0; ; ) {
    const extent = log.extent(offset, 500, true, true);
    if (extent === undefined) return seen;
    const aborted = log.abortedIn(offset, extent);
    const bytes = Buffer.concat(extent.segment.read(extent.position, extent.length));
    for (let at = 0; at < bytes.length; at += readHeader(bytes, at).size) {
      expect(isIntact(bytes, at)).toBe(true);
      const header = readHeader(bytes, at);
      offset = header.lastOffset + 1;
      const isAborted = aborted.some(
        (one) =>
          header.transactional &&
          one.producerId === header.producerId &&
          one.firstOffset <= header.baseOffset &&
          header.baseOffset < one.lastOffset,
      );
      if (header.control || isAborted) continue;
      const opened = openRecords(header, bytes.subarray(at, at + header.size)) ?? Buffer.alloc(0);
      for (const record of recordsOf(header, opened)) {
        seen.push({ offset: record.offset, key: String(record.key), isTombstone: record.isTombstone });
      }
    }
  }
}

/** For each key its last record, in order. */
function latestOf(seen: readonly Seen[]): readonly Seen[] {
  const last = new Map(seen.map((record) => [record.key, record.offset]));
  return seen.filter(({ key, offset }) => last.get(key) === offset);
}

const key = fc.constantFrom('a', 'b', 'c', 'd');
const records = fc.array(fc.record({ key, value: fc.option(fc.constant('v'.repeat(60))) }), {
  minLength: 1,
  maxLength: 4,
});
const step = fc.oneof(
  fc.record({ kind: fc.constant('plain' as const), records, gzip: fc.boolean() }),
  fc.record({ kind: fc.constant('write' as const), records, producer: fc.integer({ min: 0, max: 1 }) }),
  fc.record({ kind: fc.constant('end' as const), producer: fc.integer({ min: 0, max: 1 }), commit: fc.boolean() }),
  fc.record({ kind: fc.constant('compact' as const), now: fc.constantFrom(0, Date.now() + deleteRetentionMs) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

test('compaction keeps the last record of each key, whatever transactions and restarts there were', () => {
  const folder = newFolder();
  let runs = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), (steps) => {
      const place = path.join(folder, String(runs++));
      let opened = open(place);
      const sequences = [0, 0];
      let tombstonesMayGo = false;
      /** What was committed, never compacted. */
      let model: readonly Seen[] = [];
      for (const one of steps) {
        const { log } = opened;
        if (one.kind === 'plain' || one.kind === 'write') {
          const producer =
            one.kind === 'plain'
              ? { gzip: one.gzip }
              : { producerId: one.producer, baseSequence: sequences[one.producer] ?? 0, transactional: true };
          const batch = recordBatch(one.records, { timestamp: 1000, ...producer });
          log.append(readHeader(batch), batch);
          if (one.kind === 'write') sequences[one.producer] = (sequences[one.producer] ?? 0) + one.records.length;
        } else if (one.kind === 'end') {
          if (log.isOpen(one.producer)) log.appendMarker(one.producer, 0, one.commit);
        } else if (one.kind === 'reopen') {
          opened.close();
          opened = open(place);
        } else {
          tombstonesMayGo ||= one.now > 0;
          log.compact(one.now);
        }
        const seen = readCommitted(opened.log);
        const offsets = new Set(seen.map(({ offset }) => offset));
        const known = new Set(model.map(({ offset }) => offset));
        model = [...model, ...seen.filter(({ offset }) => !known.has(offset))];
        const expected = latestOf(model);
        const got = latestOf(seen);
        const missing = expected.filter(({ offset }) => !offsets.has(offset));
        expect(missing.filter(({ isTombstone }) => !isTombstone)).toEqual([]);
        if (!tombstonesMayGo) expect(got).toEqual(expected);
        else expect(got).toEqual(expected.filter(({ offset }) => offsets.has(offset)));
      }
      opened.close();
    }),
    { numRuns: 60 },
  );
});

test('compaction makes the log smaller and keeps its offsets', () => {
  const { log, close } = open(newFolder());
  for (let i = 0; i < 200; i++) {
    const batch = recordBatch([{ key: `k${i % 3}`, value: `value ${i}` }]);
    log.append(readHeader(batch), batch);
  }
  const before = log.sizeInBytes;
  expect(log.compact(Date.now())).toBe(true);
  expect(log.sizeInBytes).toBeLessThan(before / 10);
  expect([log.startOffset, log.endOffset]).toEqual([0, 200]);
  expect(latestOf(readCommitted(log)).map(({ offset }) => offset)).toEqual([197, 198, 199]);
  expect(log.compact(Date.now())).toBe(false);
  close();
});

test('a kill in mid-compaction, between the merged segment and the removal of the others, loses and doubles nothing', () => {
  const folder = newFolder();
  const { log, close } = open(folder);
  for (let i = 0; i < 100; i++) {
    const batch = recordBatch([{ key: `k${i % 7}`, value: `value ${i}` }]);
    log.append(readHeader(batch), batch);
  }
  const partition = path.join(folder, 'topics', 'topic', '0');
  const before = new Map(fs.readdirSync(partition).map((name) => [name, fs.readFileSync(path.join(partition, name))]));
  const expected = latestOf(readCommitted(log));
  log.compact(Date.now());
  close();
  for (const [name, bytes] of before) {
    if (!fs.existsSync(path.join(partition, name))) fs.writeFileSync(path.join(partition, name), bytes);
  }

  const reopened = open(folder);

  const seen = readCommitted(reopened.log);
  expect(latestOf(seen)).toEqual(expected);
  expect(seen.map(({ offset }) => offset)).toEqual(
    [...new Set(seen.map(({ offset }) => offset))].sort((a, b) => a - b),
  );
  expect(reopened.log.endOffset).toBe(100);
  reopened.close();
});
