import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createStallDetector, type Lane, type Look } from '../../../src/runtime/tasks/stall.ts';

const second = 1_000;
const rules = { timeoutMs: 300 * second, lingerMs: 500 };

const laneAt = (settled: number, delivered: number, end: number, name = 'wines-0'): Lane => ({
  name,
  settled: BigInt(settled),
  delivered: BigInt(delivered),
  end: BigInt(end),
});

/** Shows the same kind of look once a second, `seconds` times; answers what was said last. */
function stare(
  detect: ReturnType<typeof createStallDetector>,
  from: number,
  seconds: number,
  look: (n: number) => Look,
) {
  let last: ReturnType<typeof detect>;
  for (let n = 0; n < seconds; n++) last = detect(look(n), (from + n) * second);
  return last;
}

const hungry = (...lanes: readonly Lane[]): Look => ({ lanes, hungry: true });
const busy = (...lanes: readonly Lane[]): Look => ({ lanes, hungry: false });

describe('a task stands still', () => {
  test('when what it has read does not get settled: said after a minute, overdue after the time-out', () => {
    const detect = createStallDetector(rules);
    const held = () => busy(laneAt(5, 9, 9));

    expect(stare(detect, 0, 60, held)).toBeUndefined();
    expect(stare(detect, 60, 10, held)).toMatchObject({ cause: 'unsettled', lane: laneAt(5, 9, 9), overdue: false });
    expect(stare(detect, 70, 200, held)?.overdue).toBe(false);
    expect(stare(detect, 270, 40, held)?.overdue).toBe(true);
    expect(detect(busy(laneAt(9, 9, 9)), 310 * second)).toBeUndefined();
  });

  test('when nothing is delivered of a partition whose end moves on, while others flow', () => {
    const detect = createStallDetector(rules);
    const look = (n: number) => hungry(laneAt(n, n, n, 'wines-1'), laneAt(5, 5, 6 + n));

    expect(stare(detect, 0, 100, look)).toMatchObject({ cause: 'undelivered', lane: { name: 'wines-0' } });
  });

  test('when open does not come back', () => {
    const detect = createStallDetector(rules);

    expect(stare(detect, 0, 100, () => ({ lanes: undefined, hungry: true }))).toMatchObject({ cause: 'opening' });
    expect(detect(hungry(laneAt(0, 0, 9)), 100 * second)).toBeUndefined();
  });

  test('though its partitions are taken away and given back again and again', () => {
    const detect = createStallDetector(rules);
    const look = (n: number) => busy(laneAt(5, n % 3 === 0 ? 5 : 9, 9));

    expect(stare(detect, 0, 150, look)).toMatchObject({ cause: expect.stringMatching(/unsettled|undelivered/) });
  });

  test('and is never overdue without a time-out', () => {
    const detect = createStallDetector({ ...rules, timeoutMs: 0 });

    expect(stare(detect, 0, 100_000, () => busy(laneAt(5, 9, 9)))).toMatchObject({ overdue: false });
  });

  test('and is not overdue while a failed try is a sign of life; then it counts from the last one', () => {
    const detect = createStallDetector(rules);
    const failing = (n: number): Look => ({ ...busy(laneAt(5, 9, 9)), ...(n % 3 === 0 && { trouble: '503' }) });

    expect(stare(detect, 0, 1_000, failing)).toMatchObject({ trouble: '503', overdue: false });
    expect(stare(detect, 1_000, 298, () => busy(laneAt(5, 9, 9)))?.overdue).toBe(false);
    expect(stare(detect, 1_298, 5, () => busy(laneAt(5, 9, 9)))?.overdue).toBe(true);
  });
});

describe('a task does not stand still', () => {
  test.for<[string, (n: number) => Look]>([
    ['without work', () => hungry(laneAt(9, 9, 9))],
    ['without partitions', () => hungry()],
    ['while it settles now and then, however far behind', (n) => busy(laneAt(Math.floor(n / 50), 9_999, 99_999))],
    ['while its record waits for its turn behind others', (n) => busy(laneAt(0, 1, 1), laneAt(n, n + 9, n + 99, 'b'))],
    ['while there is no room for a partition', (n) => busy(laneAt(0, 0, n), laneAt(n, n + 9, n + 99, 'b'))],
    ['when the tail of a log holds nothing to read', () => hungry(laneAt(5, 5, 6))],
  ])('%s', ([, look]) => {
    expect(stare(createStallDetector(rules), 0, 1_000, look)).toBeUndefined();
  });

  test('while its records may lie in a batch', () => {
    const detect = createStallDetector({ ...rules, lingerMs: 600 * second });

    expect(stare(detect, 0, 650, () => hungry(laneAt(0, 1, 1)))).toBeUndefined();
    expect(stare(detect, 650, 20, () => hungry(laneAt(0, 1, 1)))).toBeDefined();
  });

  test('because the process was held: nobody looked meanwhile', () => {
    const detect = createStallDetector(rules);
    detect(busy(laneAt(5, 9, 9)), 0);
    detect(busy(laneAt(5, 9, 9)), second);

    expect(detect(busy(laneAt(5, 9, 9)), 3_600 * second)).toBeUndefined();
    expect(detect(busy(laneAt(5, 9, 9)), 10 * second), 'the clock went back').toBeUndefined();
  });
});

const step = fc.record({
  afterMs: fc.integer({ min: 1, max: 5_000 }),
  settled: fc.nat(20),
  delivered: fc.nat(20),
  grown: fc.nat(5),
  hungry: fc.boolean(),
  fails: fc.boolean(),
});

describe('whatever happens', () => {
  test('a stall is never longer than since the last move, and overdue only after the time-out without a failed try', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.nat(20_000), (steps, lingerMs) => {
        const detect = createStallDetector({ timeoutMs: 20_000, lingerMs });
        let [now, movedAt, failedAt, settled, end] = [0, 0, Number.NEGATIVE_INFINITY, 0, 0];
        for (const [i, of] of steps.entries()) {
          now += of.afterMs;
          // Most steps move nothing, else nothing would ever stand.
          if (i === 0 || of.settled === 0) {
            settled += i === 0 ? 0 : 1;
            movedAt = now;
          }
          if (of.fails) failedAt = now;
          end = Math.max(end, settled) + of.grown;
          const delivered = Math.min(settled + of.delivered, end);
          const stall = detect(
            { lanes: [laneAt(settled, delivered, end)], hungry: of.hungry, trouble: of.fails ? '503' : undefined },
            now,
          );
          if (stall === undefined) continue;
          expect(stall.stoodMs).toBeLessThanOrEqual(now - movedAt);
          expect(stall.stoodMs).toBeGreaterThanOrEqual(10_000 + lingerMs);
          if (!stall.overdue) continue;
          expect(stall.stoodMs).toBeGreaterThanOrEqual(20_000 + lingerMs);
          expect(now - failedAt).toBeGreaterThanOrEqual(20_000);
        }
      }),
    );
  });

  test('what was read and stays unsettled is said, if anybody looks, and overdue in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 100, max: 5_000 }), { minLength: 1 }), (gaps) => {
        const detect = createStallDetector({ timeoutMs: 20_000, lingerMs: 0 });
        let now = 0;
        detect(busy(laneAt(5, 9, 9)), now);
        for (const gap of gaps) {
          now += gap;
          const stall = detect(busy(laneAt(5, 9, 9)), now);
          expect(stall !== undefined).toBe(now >= 10_000);
          expect(stall?.overdue ?? false).toBe(now >= 20_000);
        }
      }),
    );
  });
});
