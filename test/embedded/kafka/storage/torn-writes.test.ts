/**
 * The files of a log, cut at every byte of their ends and with every byte of them changed: what a kill, a loss of power
 * or a broken disk can do.
 */

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { diskStorage } from '../../../../src/embedded/kafka/storage/disk.ts';
import { newMemoryFolder } from '../folders.ts';
import { recordBatch } from '../record-batches.ts';

/** Thousands of logs are opened: a busy machine takes long. */
const manyLogsMs = 60_000;

/** Batches in the log: 4 in each of two sealed segments and in the active one. */
const written = 12;
/** Of the killed broker, so many lie before the recovery point. */
const checkpointed = 11;
/** The batches from this one on are damaged. */
const damagedFrom = 10;

/** Batch n of the one idempotent producer: two records, with the sequences and offsets 2n and 2n + 1. */
const batchOf = (n: number): Buffer =>
  recordBatch([`wine ${n}`, `beside ${n}`], { producerId: 7, baseSequence: 2 * n, timestamp: 1000 * (n + 1) });

function open(folder: string, startOffset = 0) {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  const storage = diskStorage({ folder, flush: flushNever, log });
  const partition = new PartitionLog({
    store: storage.partition('wines.1234', 0),
    config: () => ({
      segmentBytes: 400,
      retentionMs: -1,
      retentionBytes: -1,
      deletes: true,
      compacts: false,
      deleteRetentionMs: 1000,
      appendTime: false,
      flush: flushNever,
    }),
    startOffset,
    wasClosedCleanly: storage.wasClosedCleanly,
    log,
    name: 'wines-0',
  });
  return {
    partition,
    lines,
    close: (): void => {
      partition.close();
      storage.markClosedCleanly();
      storage.close();
    },
    /** As a kill leaves it, without its lock. */
    abandon: (): void => {
      partition.discard();
      storage.close();
    },
  };
}

function produce(log: PartitionLog, n: number): number {
  const batch = batchOf(n);
  return log.append(readHeader(batch), batch).baseOffset;
}

function readAll(log: PartitionLog): readonly Buffer[] {
  const batches: Buffer[] = [];
  for (let offset = log.startOffset; ; offset = readHeader(batches.at(-1) as Buffer).lastOffset + 1) {
    const extent = log.extent(offset, 1, false, true);
    if (extent === undefined) return batches;
    batches.push(Buffer.concat(extent.segment.read(extent.position, extent.length)));
  }
}

/** What was left behind, to be copied for each damage. */
interface Left {
  readonly folder: string;
  readonly batches: readonly Buffer[];
}

function leaveBehind(how: 'killed' | 'closed'): Left {
  const folder = path.join(newMemoryFolder(), how);
  const first = open(folder);
  for (let n = 0; n < checkpointed; n++) produce(first.partition, n);
  first.close();
  const second = open(folder);
  for (let n = checkpointed; n < written; n++) produce(second.partition, n);
  const batches = readAll(second.partition);
  if (how === 'closed') second.close();
  else second.abandon();
  return { folder, batches };
}

const fileOf = (name: string): string => path.join('topics', 'wines.1234', '0', name);
const checkpoint = fileOf('checkpoint');
const sealedIndex = fileOf('00000000000000000008.index');
const active = fileOf('00000000000000000016.log');
const activeIndex = fileOf('00000000000000000016.index');

/** The content cut at, and with a bit changed in, each byte from one on. */
function* damagesTo(content: Buffer, from = 0): Generator<readonly [at: number, damaged: Buffer]> {
  for (let at = from; at < content.length; at++) {
    yield [at, content.subarray(0, at)];
    const changed = Buffer.from(content);
    changed[at] = (content[at] as number) ^ (1 << (at % 8));
    yield [at, changed];
  }
}

/** Checks that exactly the first `kept` batches are there, and that their producer goes on behind them; what was said. */
function expectBatches({ folder, batches }: Left, kept: number): readonly string[] {
  const { partition, lines, abandon } = open(folder);
  expect(readAll(partition)).toEqual(batches.slice(0, kept));
  expect(partition.endOffset).toBe(2 * kept);
  expect(partition.offsetOfMaxTimestamp()).toEqual({ offset: 2 * kept - 1, timestamp: 1000 * kept + 1 });
  expect(produce(partition, kept - 1)).toBe(2 * (kept - 1));
  expect(() => produce(partition, kept + 1)).toThrow(`sent sequence ${2 * kept + 2} where ${2 * kept} was due`);
  expect(produce(partition, kept)).toBe(2 * kept);
  abandon();
  const again = open(folder);
  expect(readAll(again.partition)).toHaveLength(kept + 1);
  again.abandon();
  return lines;
}

/** A copy in which a file has this content; it lasts as long as the work. */
function withDamaged(left: Left, file: string, content: Buffer | undefined, work: (copy: Left) => void): void {
  const folder = `${left.folder}.copy`;
  fs.cpSync(left.folder, folder, { recursive: true });
  if (content === undefined) fs.rmSync(path.join(folder, file));
  else fs.writeFileSync(path.join(folder, file), content);
  work({ ...left, folder });
  fs.rmSync(folder, { recursive: true });
}

describe.each(['killed', 'closed'] as const)('what a broker that was %s left', (how) => {
  test(
    'keeps all batches before the damaged one, invents none, goes on, and says what was dropped',
    () => {
      const left = leaveBehind(how);
      const whole = fs.readFileSync(path.join(left.folder, active));
      const starts = [0];
      for (const batch of left.batches.slice(8)) starts.push((starts.at(-1) as number) + batch.length);
      for (const [at, damaged] of damagesTo(whole, starts[damagedFrom - 8])) {
        const inActive = starts.findLastIndex((start) => start <= at);
        const start = starts[inActive] as number;
        withDamaged(left, active, damaged, (copy) => {
          const lines = expectBatches(copy, 8 + inActive);
          // A log that ends between two batches is a whole one.
          if (damaged.length === start) return;
          const dropped = `cut at byte ${start}, dropped ${damaged.length - start} bytes`;
          expect(lines.at(-1)).toContain(`${path.join(copy.folder, active)}: ${dropped}`);
          expect(lines.at(-1)).toContain(`: wines-0 ends at offset ${2 * (8 + inActive)}`);
        });
      }
    },
    manyLogsMs,
  );
});

test.each([
  ['checkpoint', checkpoint],
  ['index of a sealed segment', sealedIndex],
  ['index of the active segment', activeIndex],
])(
  'everything is there when the %s is damaged or missing',
  (_name, file) => {
    const left = leaveBehind('killed');
    const damages = [...damagesTo(fs.readFileSync(path.join(left.folder, file)))].map(([, damaged]) => damaged);
    for (const damaged of [...damages, undefined]) {
      withDamaged(left, file, damaged, (copy) => expectBatches(copy, written));
    }
  },
  manyLogsMs,
);

test('a batch that was cut off is forgotten, also when its file has grown to its old size', () => {
  const left = leaveBehind('closed');
  const last = left.batches.at(-1) as Buffer;
  const whole = fs.readFileSync(path.join(left.folder, active));
  withDamaged(left, active, whole.subarray(0, -last.length), ({ folder }) => {
    const other = recordBatch([`wine ${written - 1}`, `beside ${written - 1}`]);
    expect(other).toHaveLength(last.length);
    const { partition, abandon } = open(folder);
    expect(partition.append(readHeader(other), other).baseOffset).toBe(2 * (written - 1));
    abandon();
    const again = open(folder);
    expect(produce(again.partition, written - 1)).toBe(2 * written);
    again.abandon();
  });
});

describe('a damaged sealed segment', () => {
  test('is found when the checkpoint is lost, and nothing behind the damage is kept', () => {
    const left = leaveBehind('killed');
    const sealed = fileOf('00000000000000000008.log');
    const damaged = fs.readFileSync(path.join(left.folder, sealed));
    damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1;
    fs.rmSync(path.join(left.folder, checkpoint));
    withDamaged(left, sealed, damaged, (copy) => {
      const [line] = expectBatches(copy, 7);
      const activeSize = fs.statSync(path.join(left.folder, active)).size;
      expect(line).toContain(
        `(wrong checksum) and ${activeSize} bytes in segments behind it: wines-0 ends at offset 14`,
      );
    });
  });
});

test('a segment that is missing behind the recovery point ends the log', () => {
  const left = leaveBehind('killed');
  const before = open(left.folder);
  for (let n = written; n < 20; n++) produce(before.partition, n);
  before.abandon();
  fs.rmSync(path.join(left.folder, fileOf('00000000000000000024.log')));
  const [line] = expectBatches(left, written);
  expect(line).toContain('00000000000000000032.log: cut at byte 0, dropped');
  expect(line).toContain('(offset 32 where 24 was due): wines-0 ends at offset 24');
});

test('a log of which less is left than the journal knows to be deleted begins where it should', () => {
  const { folder } = leaveBehind('closed');
  const { partition, abandon } = open(folder, 100);
  expect([partition.startOffset, partition.endOffset]).toEqual([100, 100]);
  const batch = recordBatch(['x']);
  expect(partition.append(readHeader(batch), batch).baseOffset).toBe(100);
  abandon();
  const again = open(folder, 100);
  expect([again.partition.startOffset, again.partition.endOffset]).toEqual([100, 101]);
  again.abandon();
});

describe('the marker of a clean shut-down', () => {
  const marker = 'clean-shutdown';

  test('is there only between a close and the next start', () => {
    const folder = newMemoryFolder();
    const opened = open(folder);
    expect(fs.existsSync(path.join(folder, marker))).toBe(false);
    opened.close();
    expect(fs.existsSync(path.join(folder, marker))).toBe(true);
    open(folder).abandon();
    expect(fs.existsSync(path.join(folder, marker))).toBe(false);
  });

  test('is not believed when files have changed since', () => {
    const left = leaveBehind('closed');
    const whole = fs.readFileSync(path.join(left.folder, active));
    const more = Buffer.concat([whole, Buffer.from('more')]);
    withDamaged(left, active, more, (copy) => {
      const file = path.join(copy.folder, active);
      expect(expectBatches(copy, written)).toEqual([
        `wines-0: ${file} has ${more.length} bytes and not ${whole.length}, as the clean shut-down left it: reading the rest`,
        `${file}: cut at byte ${whole.length}, dropped 4 bytes (no whole batch): wines-0 ends at offset 24`,
      ]);
    });
  });

  test('may itself be torn', () => {
    const left = leaveBehind('closed');
    withDamaged(left, marker, Buffer.alloc(0), (copy) => expect(expectBatches(copy, written)).toEqual([]));
  });
});
