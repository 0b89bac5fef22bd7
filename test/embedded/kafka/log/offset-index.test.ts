import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IndexCache, OffsetIndex } from '../../../../src/embedded/kafka/log/offset-index.ts';

interface Placed {
  readonly offset: number;
  readonly position: number;
  readonly newestBefore: number;
}

const baseOffset = 5_000_000_000;
/** Batches one after another, as a segment has them; the first is at its beginning. */
const batches: fc.Arbitrary<readonly Placed[]> = fc
  .array(
    fc.record({
      count: fc.integer({ min: 1, max: 50 }),
      size: fc.integer({ min: 61, max: 3000 }),
      timestamp: fc.integer({ min: 0, max: 2_000_000_000_000 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((all) => {
    let next: Placed = { offset: baseOffset, position: 0, newestBefore: -1 };
    return all.map(({ count, size, timestamp }) => {
      const { offset, position, newestBefore } = next;
      const placed = next;
      next = {
        offset: offset + count,
        position: position + size,
        newestBefore: Math.max(newestBefore, timestamp),
      };
      return placed;
    });
  });

function indexOf(all: readonly Placed[]): OffsetIndex {
  const index = new OffsetIndex(baseOffset);
  for (const { offset, position, newestBefore } of all) index.add(offset, position, newestBefore);
  return index;
}

/** No two entries are nearer than that, and no batch starts further behind an entry than that and its own length. */
const shortWay = 4096 + 3000;

describe('an index', () => {
  test('leads to a batch at or before an offset, a position or a time, from where it is a short way', () => {
    fc.assert(
      fc.property(batches, fc.nat(), (all, pick) => {
        const index = indexOf(all);
        const { offset, position, newestBefore } = all[pick % all.length] as Placed;
        for (const found of [index.atOffset(offset), index.atPosition(position, offset + 1)]) {
          expect(all).toContainEqual(expect.objectContaining(found));
          expect(found.position).toBeLessThanOrEqual(position);
          expect(position - found.position).toBeLessThan(shortWay);
        }
        const inTime = index.atTime(newestBefore + 1);
        expect(inTime.position).toBeGreaterThan(position - shortWay);
        const batch = all.find((one) => one.position === inTime.position);
        expect(batch?.newestBefore).toBeLessThan(newestBefore + 1);
      }),
    );
  });

  test('of nothing leads to the beginning', () => {
    const beginning = { offset: baseOffset, position: 0 };
    const index = new OffsetIndex(baseOffset);
    expect([index.atOffset(baseOffset + 9), index.atPosition(9, 9), index.atTime(9), index.last]).toEqual(
      Array(4).fill(beginning),
    );
  });

  test('is the same when it is read back, as far as the log goes', () => {
    fc.assert(
      fc.property(batches, fc.nat(), (all, pick) => {
        const { position: size } = all[pick % all.length] as Placed;
        const decoded = OffsetIndex.decode(indexOf(all).encode(size), baseOffset, size) as OffsetIndex;
        const expected = indexOf(all.filter(({ position }) => position < size));
        expect(decoded.last).toEqual(expected.last);
        for (const { offset, newestBefore } of all) {
          expect(decoded.atOffset(offset)).toEqual(expected.atOffset(offset));
          expect(decoded.atTime(newestBefore)).toEqual(expected.atTime(newestBefore));
        }
        decoded.add(baseOffset + 1_000_000, 1_000_000, 0);
        expect(decoded.last).toEqual({ offset: baseOffset + 1_000_000, position: 1_000_000 });
      }),
    );
  });

  test('is not read back when it is damaged, cut, of another segment or of a shorter log', () => {
    const index = indexOf([
      { offset: baseOffset, position: 0, newestBefore: -1 },
      { offset: baseOffset + 7, position: 5000, newestBefore: 17 },
    ]);
    const bytes = index.encode(6000);
    expect(OffsetIndex.decode(bytes, baseOffset, 6000)).toBeDefined();
    expect(OffsetIndex.decode(bytes, baseOffset, 6001)).toBeUndefined();
    expect(OffsetIndex.decode(bytes, baseOffset + 1, 6000)).toBeUndefined();
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (bytes[at] as number) ^ 4;
      expect(OffsetIndex.decode(changed, baseOffset, 6000)).toBeUndefined();
      expect(OffsetIndex.decode(bytes.subarray(0, at), baseOffset, 6000)).toBeUndefined();
    }
  });
});

test('a cache of indexes has the ones that were not used for longest forgotten', () => {
  const forgotten: string[] = [];
  const holder = (name: string) => ({ forgetIndex: () => void forgotten.push(name) });
  const [merlot, malbec, syrah] = [holder('merlot'), holder('malbec'), holder('syrah')];
  const cache = new IndexCache(100);
  cache.use(merlot, 40);
  cache.use(malbec, 40);
  cache.use(merlot, 40);
  cache.use(syrah, 40);
  expect(forgotten).toEqual(['malbec']);
  cache.drop(merlot);
  cache.use(malbec, 40);
  expect(forgotten).toEqual(['malbec']);
  cache.use(merlot, 1000);
  expect(forgotten).toEqual(['malbec', 'syrah', 'malbec']);
});
