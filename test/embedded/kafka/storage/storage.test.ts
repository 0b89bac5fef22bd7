import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { diskStorage } from '../../../../src/embedded/kafka/storage/disk.ts';
import { openJournal } from '../../../../src/embedded/kafka/storage/journal.ts';
import { memoryStorage } from '../../../../src/embedded/kafka/storage/memory.ts';
import { openSegmentFile, TailCache } from '../../../../src/embedded/kafka/storage/segment-file.ts';
import type { SegmentFile } from '../../../../src/embedded/kafka/storage/storage.ts';
import { newFolder } from '../folders.ts';

let files = 0;
const segments: ReadonlyArray<readonly [string, () => () => SegmentFile]> = [
  ['in memory', () => () => memoryStorage().partition('t', 0).open(0)],
  [
    'on disk with a tail in memory',
    () => {
      const folder = newFolder();
      return () => openSegmentFile(path.join(folder, `${files++}.log`), new TailCache(300));
    },
  ],
];

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => ({ append: bytes })) },
  { weight: 5, arbitrary: fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.record({ truncate: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);

test.each(segments)('a segment %s reads back what was appended, like one buffer', (_name, prepare) => {
  const open = prepare();
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const segment = open();
      let model = Buffer.alloc(0);
      for (const one of operations) {
        if ('append' in one) {
          segment.append(Buffer.from(one.append), false);
          model = Buffer.concat([model, one.append]);
        } else if ('truncate' in one) {
          const size = Math.floor(one.truncate * model.length);
          segment.truncate(size);
          model = model.subarray(0, size);
        } else {
          const from = Math.floor(one.from * model.length);
          const length = Math.min(one.length, model.length - from);
          if (length === 0) continue;
          expect(Buffer.concat(segment.read(from, length))).toEqual(model.subarray(from, from + length));
        }
        expect(segment.size).toBe(model.length);
      }
      segment.close();
    }),
  );
});

describe('the journal', () => {
  const open = (file: string) => openJournal({ file, flush: flushNever, log: () => {} });

  test('holds the last value of each key when it is opened again', () => {
    const folder = newFolder();
    let runs = 0;
    const change = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'ü'),
      fc.option(fc.oneof(fc.string(), fc.integer(), fc.record({ x: fc.string() }))),
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const file = path.join(folder, `${runs++}.journal`);
        const model = new Map<string, unknown>();
        let journal = open(file);
        for (const [i, entry] of changes.entries()) {
          journal.write(new Map(Object.entries(entry)));
          for (const [key, value] of Object.entries(entry)) {
            if (value === null) model.delete(key);
            else model.set(key, value);
          }
          if (i % 5 === 4) {
            journal.close();
            journal = open(file);
          }
          expect(new Map(journal.entries())).toEqual(model);
        }
        journal.close();
      }),
      { numRuns: 50 },
    );
  });

  test('takes all changes of a write or none, wherever its file was cut', () => {
    const file = path.join(newFolder(), 'meta.journal');
    const journal = open(file);
    journal.write(new Map([['kept', 1]]));
    const kept = fs.statSync(file).size;
    journal.write(
      new Map<string, number>([
        ['kept', 2],
        ['other', 2],
      ]),
    );
    journal.close();
    const whole = fs.readFileSync(file);
    for (let length = kept; length < whole.length; length++) {
      fs.writeFileSync(file, whole.subarray(0, length));
      const cut = open(file);
      expect([...cut.entries()]).toEqual([['kept', 1]]);
      cut.close();
    }
  });

  test('loses the damaged entry and no other, wherever a byte of it was changed, and says so once', () => {
    const file = path.join(newFolder(), 'meta.journal');
    const journal = open(file);
    const ends = ['first', 'second', 'third'].map((name) => {
      journal.write(new Map([[name, { wine: 'merlot' }]]));
      return fs.statSync(file).size;
    });
    journal.close();
    const whole = fs.readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (whole[at] as number) ^ (1 << (at % 8));
      fs.writeFileSync(file, changed);
      const lines: string[] = [];
      const damaged = openJournal({ file, flush: flushNever, log: (line) => lines.push(line) });
      const hit = ends.findIndex((end) => at < end);
      expect([...damaged.entries()].map(([name]) => name)).toEqual(['first', 'second', 'third'].toSpliced(hit, 1));
      expect(damaged.isDamaged).toBe(true);
      expect(lines).toHaveLength(1);
      damaged.close();
      const mended = open(file);
      expect(mended.isDamaged).toBe(false);
      mended.close();
    }
  });

  test('is written anew when most of it is outdated', () => {
    const file = path.join(newFolder(), 'meta.journal');
    const journal = open(file);
    const value = 'x'.repeat(100_000);
    for (let i = 0; i < 100; i++) journal.write(new Map([['key', `${value}${i}`]]));
    expect(fs.statSync(file).size).toBeLessThan(5_000_000);
    expect([...journal.entries()]).toEqual([['key', `${value}99`]]);
    journal.close();
    open(file).close();
    expect(fs.statSync(file).size).toBeLessThan(101_000);
  });
});

test('folders of topics that are in no journal are known, so that they can be removed', () => {
  const folder = newFolder();
  fs.mkdirSync(path.join(folder, 'topics', 'gone.1234', '0'), { recursive: true });
  const storage = diskStorage({ folder, flush: flushNever, log: () => {} });
  expect(storage.topicFolders()).toEqual(['gone.1234']);
  storage.removeTopic('gone.1234');
  expect(storage.topicFolders()).toEqual([]);
  storage.close();
});
