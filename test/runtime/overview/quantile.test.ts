import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantile } from '../../../src/runtime/overview/quantile.ts';

describe('quantile', () => {
  test('lies where the share of observations lies, within its bucket', () => {
    expect(quantile(0.5, [1, 2, 4], [0, 10, 0, 0])).toBe(1.5);
    expect(quantile(0.5, [1, 2, 4], [5, 5, 0, 0])).toBe(1);
    expect(quantile(1, [1, 2, 4], [5, 5, 2, 0])).toBe(4);
  });

  test('is not known without observations, and is the highest bound beyond it', () => {
    expect(quantile(0.5, [1, 2], [0, 0, 0])).toBeUndefined();
    expect(quantile(0.99, [1, 2], [1, 0, 99])).toBe(2);
  });

  test('never falls as the share grows, and stays within the bounds', () => {
    const counts = fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }).filter((of) => of.some((n) => n > 0));
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(counts, share, share, (of, a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((q) => quantile(q, [1, 2, 4], of) ?? Number.NaN);
        expect(low).toBeLessThanOrEqual(high as number);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(4);
      }),
    );
  });
});
