import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { LogConfig } from '../../../../src/embedded/kafka/log/log-config.ts';
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { diskStorage } from '../../../../src/embedded/kafka/storage/disk.ts';
import { memoryStorage } from '../../../../src/embedded/kafka/storage/memory.ts';
import type { Storage } from '../../../../src/embedded/kafka/storage/storage.ts';
import { newFolder } from '../folders.ts';
import { recordBatch } from '../record-batches.ts';

const config: LogConfig = {
  segmentBytes: 1000,
  retentionMs: -1,
  retentionBytes: -1,
  deletes: true,
  compacts: false,
  deleteRetentionMs: 1000,
  appendTime: false,
  flush: flushNever,
};

interface Opened {
  readonly log: PartitionLog;
  /** Closes and opens again, where the storage outlives it. */
  reopen(): Opened;
  close(): void;
}

function open(storage: () => Storage, overrides: Partial<LogConfig> = {}): Opened {
  const opened = storage();
  const log = new PartitionLog({
    store: opened.partition('topic', 0),
    config: () => ({ ...config, ...overrides }),
    startOffset: 0,
    log: () => {},
    name: 'topic-0',
  });
  const close = (): void => {
    log.close();
    opened.close();
  };
  return {
    log,
    close,
    reopen: () => {
      close();
      return open(storage, overrides);
    },
  };
}

const storages: ReadonlyArray<readonly [string, () => () => Storage]> = [
  ['in memory', () => memoryStorage],
  [
    'on disk',
    () => {
      const folder = path.join(newFolder(), 'data');
      return () => diskStorage({ folder, flush: flushNever, log: () => {} });
    },
  ],
];

function append(log: PartitionLog, values: readonly string[], options = {}): number {
  const batch = recordBatch(values, options);
  return log.append(readHeader(batch), batch).baseOffset;
}

/** The batches that a reader gets from an offset on, fetch by fetch, as [first offset, last offset]. */
function readAll(
  log: PartitionLog,
  from: number,
  maxBytes: number,
  committed = false,
): ReadonlyArray<readonly number[]> {
  const read: number[][] = [];
  for (let offset = from; ; ) {
    const extent = log.extent(offset, maxBytes, committed, true);
    if (extent === undefined) return read;
    const bytes = Buffer.concat(extent.segment.read(extent.position, extent.length));
    for (let at = 0; at < bytes.length; ) {
      const header = readHeader(bytes, at);
      read.push([header.baseOffset, header.lastOffset]);
      offset = header.lastOffset + 1;
      at += header.size;
    }
  }
}

describe.each(storages)('a log %s', (name, newStorage) => {
  test('gives back every batch, over all segments and for every size of fetch', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 5000 }),
        (counts, maxBytes) => {
          const { log, close } = open(newStorage());
          const written = counts.map((count) => {
            const base = append(log, Array.from({ length: count }, String));
            return [base, base + count - 1];
          });
          expect(readAll(log, 0, maxBytes)).toEqual(written);
          const middle = Math.floor(log.endOffset / 2);
          expect(readAll(log, middle, maxBytes)).toEqual(written.filter(([, last = 0]) => last >= middle));
          close();
        },
      ),
      { numRuns: name === 'on disk' ? 20 : 100 },
    );
  });

  test('answers whole batches within the limit, and one that is larger only when it may', () => {
    const { log, close } = open(newStorage(), { segmentBytes: 100_000 });
    const size = recordBatch(['x']).length;
    for (let i = 0; i < 10; i++) append(log, ['x']);
    expect(log.extent(0, 3 * size + 1, false, false)?.length).toBe(3 * size);
    expect(log.extent(7, 100 * size, false, false)?.length).toBe(3 * size);
    expect(log.extent(0, size - 1, false, false)).toBeUndefined();
    expect(log.extent(0, size - 1, false, true)?.length).toBe(size);
    expect(log.extent(10, 1000, false, true)).toBeUndefined();
    expect(() => log.extent(11, 1000, false, true)).toThrow('Offset 11 is not in 0..10');
    close();
  });

  test('drops segments by age, the active one too, and keeps its offsets', () => {
    const opened = open(newStorage(), { retentionMs: 1000 });
    const { log } = opened;
    for (let i = 0; i < 30; i++) append(log, ['x'.repeat(100)], { timestamp: 5000 });
    expect(log.retainedFrom(5500)).toBe(0);
    expect(log.retainedFrom(7000)).toBe(30);
    log.deleteBefore(30);
    expect([log.startOffset, log.endOffset, log.sizeInBytes]).toEqual([30, 30, 0]);
    expect(append(log, ['next'])).toBe(30);
    opened.close();
  });

  test('drops segments by size', () => {
    const { log, close } = open(newStorage(), { retentionBytes: 2000 });
    for (let i = 0; i < 30; i++) append(log, ['x'.repeat(100)]);
    const from = log.retainedFrom(0);
    log.deleteBefore(from);
    expect(log.startOffset).toBe(from);
    expect(log.sizeInBytes).toBeGreaterThanOrEqual(2000);
    expect(log.sizeInBytes).toBeLessThan(3000);
    expect(readAll(log, from, 10_000)).toHaveLength(30 - from);
    close();
  });

  test('finds the first record of a time on', () => {
    const { log, close } = open(newStorage());
    for (let i = 0; i < 20; i++) append(log, ['a', 'b', 'c'], { timestamp: 1000 * i });
    expect(log.offsetAt(0, false)).toEqual({ offset: 0, timestamp: 0 });
    expect(log.offsetAt(7001, false)).toEqual({ offset: 22, timestamp: 7001 });
    expect(log.offsetAt(7003, false)).toEqual({ offset: 24, timestamp: 8000 });
    expect(log.offsetAt(19_003, false)).toEqual({ offset: -1, timestamp: -1 });
    expect(log.offsetOfMaxTimestamp()).toEqual({ offset: 59, timestamp: 19_002 });
    close();
  });
});

/** What a producer may do next in the model: write, end its transaction, or see the log opened again. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), producer: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('end' as const), producer: fc.integer({ min: 0, max: 2 }), commit: fc.boolean() }),
  fc.record({ kind: fc.constant('plain' as const) }),
  fc.record({ kind: fc.constant('reopen' as const) }),
);

test('transactions in a log behave as a simple model of them, also when it is opened again', () => {
  const folder = path.join(newFolder(), 'data');
  let runs = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const place = path.join(folder, String(runs++));
      let opened = open(() => diskStorage({ folder: place, flush: flushNever, log: () => {} }));
      const openSince = new Map<number, number>();
      const sequences = [0, 0, 0];
      const aborted: Array<{ producerId: number; firstOffset: number; lastOffset: number }> = [];
      let end = 0;
      for (const one of steps) {
        if (one.kind === 'reopen') opened = opened.reopen();
        else if (one.kind === 'plain') {
          append(opened.log, ['x', 'y']);
          end += 2;
        } else if (one.kind === 'write') {
          const baseSequence = sequences[one.producer] ?? 0;
          append(opened.log, ['x'], { producerId: one.producer, baseSequence, transactional: true });
          sequences[one.producer] = baseSequence + 1;
          if (!openSince.has(one.producer)) openSince.set(one.producer, end);
          end += 1;
        } else {
          const firstOffset = openSince.get(one.producer);
          if (firstOffset === undefined) continue;
          opened.log.appendMarker(one.producer, 0, one.commit);
          openSince.delete(one.producer);
          if (!one.commit) aborted.push({ producerId: one.producer, firstOffset, lastOffset: end });
          end += 1;
        }
        const { log } = opened;
        expect(log.endOffset).toBe(end);
        expect(log.stableOffset).toBe(Math.min(end, ...openSince.values()));
        const extent = end === 0 ? undefined : log.extent(0, 100_000, true, true);
        const readUntil = extent === undefined ? 0 : (readAll(log, 0, 100_000, true).at(-1)?.[1] ?? -1) + 1;
        expect(readUntil).toBe(log.stableOffset);
        if (opened.log.sizeInBytes < 1000) {
          expect(log.abortedIn(0, extent)).toEqual(aborted.filter((tx) => tx.firstOffset < readUntil));
        }
      }
      opened.close();
    }),
    { numRuns: 50 },
  );
});
