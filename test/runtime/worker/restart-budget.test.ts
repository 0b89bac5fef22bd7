import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRestartBudget } from '../../../src/runtime/worker/restart-budget.ts';

const settings = { max: 4, delayMs: 100, delayMaxMs: 500, resetMs: 10_000 };

describe('the budget of restarts', () => {
  test('doubles the delay up to its longest, and ends', () => {
    const budget = createRestartBudget(settings, 0);
    const delays = Array.from({ length: 5 }, () => budget.failed(1)?.delayMs);
    expect(delays).toEqual([100, 200, 400, 500, undefined]);
    expect(budget.used).toBe(4);
  });

  test('is full again after a task has run long enough, and not before', () => {
    const budget = createRestartBudget(settings, 0);
    for (let i = 0; i < 4; i++) budget.failed(1);
    budget.started(1000);
    expect(budget.failed(10_999)).toBeUndefined();
    budget.started(11_000);
    expect(budget.failed(21_000)).toEqual({ attempt: 1, delayMs: 100 });
  });

  test('never gives more restarts in a row than it has, nor a longer delay than it may', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 9_999 }), { maxLength: 20 });
    fc.assert(
      fc.property(gaps, (ranMs) => {
        const budget = createRestartBudget(settings, 0);
        let now = 0;
        const restarts = ranMs.map((ms) => {
          now += ms;
          const restart = budget.failed(now);
          budget.started(now);
          return restart;
        });
        const given = restarts.filter((restart) => restart !== undefined);
        expect(given.length).toBe(Math.min(ranMs.length, settings.max));
        expect(given.every(({ delayMs }) => delayMs <= settings.delayMaxMs)).toBe(true);
      }),
    );
  });
});
