import fc from 'fast-check';
import type { KafkaMessage } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createUnsettled } from '../../../src/runtime/tasks/unsettled.ts';

const start = Date.parse('2026-01-01T12:00:00Z');
beforeEach(() => {
  vi.useFakeTimers({ now: start });
});
afterEach(() => {
  vi.useRealTimers();
});

const at = { topic: 'wines', partition: 0 };

/** Records from an offset on, each written so many seconds before the start. */
const fetched = (from: number, ages: readonly number[], { partition = 0, gap = 0 } = {}) => ({
  topic: 'wines',
  partition,
  messages: ages.map((age, i) => ({
    offset: String(from + i),
    timestamp: age < 0 ? '-1' : String(start - age * 1000),
  })) as unknown as KafkaMessage[],
  next: BigInt(from + ages.length + gap),
});

describe('the oldest record that is not settled', () => {
  test('is as old as its own time stamp says, and the next one when it is settled', () => {
    const unsettled = createUnsettled();
    unsettled.fetched(fetched(0, [30, 20, 10]));
    unsettled.stands(at, 0n, 3n);
    expect(unsettled.oldest(start)).toBe(30);
    unsettled.stands(at, 1n, 3n);
    expect(unsettled.oldest(start)).toBe(20);
    expect(unsettled.oldest(start + 5_000)).toBe(25);
    unsettled.stands(at, 3n, 3n);
    expect(unsettled.oldest(start)).toBe(0);
  });

  test('is looked for over fetches, and past control records', () => {
    const unsettled = createUnsettled();
    unsettled.fetched(fetched(0, [30], { gap: 2 }));
    unsettled.fetched(fetched(3, [7]));
    unsettled.stands(at, 2n, 4n);
    expect(unsettled.oldest(start)).toBe(7);
  });

  test('is that of the partition that is furthest behind', () => {
    const unsettled = createUnsettled();
    unsettled.fetched(fetched(0, [3]));
    unsettled.fetched(fetched(0, [40], { partition: 1 }));
    unsettled.stands(at, 0n, 1n);
    unsettled.stands({ ...at, partition: 1 }, 0n, 1n);
    expect(unsettled.oldest(start)).toBe(40);
    unsettled.clear();
    expect(unsettled.oldest(start)).toBe(0);
  });

  test('is at least as old as the knowledge of it, while nothing is fetched', () => {
    const unsettled = createUnsettled();
    unsettled.stands(at, 5n, 5n);
    expect(unsettled.oldest(Date.now())).toBe(0);
    unsettled.stands(at, 5n, 9n);
    vi.advanceTimersByTime(60_000);
    unsettled.stands(at, 5n, 12n);
    vi.advanceTimersByTime(60_000);
    expect(unsettled.oldest(Date.now())).toBe(120);
  });

  test('has no age when it has no time stamp, and none below 0 when its clock is ahead', () => {
    const unsettled = createUnsettled();
    unsettled.fetched(fetched(0, [-1]));
    unsettled.stands(at, 0n, 1n);
    expect(unsettled.oldest(start)).toBe(0);
    unsettled.stands(at, 1n, 1n);
    unsettled.fetched(fetched(1, [1]));
    unsettled.stands(at, 1n, 2n);
    expect(unsettled.oldest(start - 10_000)).toBe(0);
  });

  test('is found however records came in fetches and were settled', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(200), { maxLength: 10 }), (chunks, settles) => {
        const unsettled = createUnsettled();
        let end = 0;
        for (const size of chunks) {
          const from = end;
          end += size;
          // Record n is 1000 - n seconds old.
          const ages = Array.from({ length: size }, (_, i) => 1000 - (from + i));
          unsettled.fetched(fetched(from, ages));
        }
        let settled = 0;
        for (const next of [0, ...settles.sort((a, b) => a - b)]) {
          settled = Math.min(next, end);
          unsettled.stands(at, BigInt(settled), BigInt(end));
          expect(unsettled.oldest(start)).toBe(settled < end ? 1000 - settled : 0);
        }
      }),
    );
  });
});
