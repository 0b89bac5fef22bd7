/**
 * Many small pipelines, each with a plan of faults: workers that die at any step, connections that are cut, answers that
 * come late or never, refusals, rebalances, clocks that jump, a full disk. After each every event is looked for.
 *
 * `CAVES_FAULT_PLANS` says how many plans there are (200 in CI, else 100, which has every kind once), `CAVES_FAULT_SEED`
 * which is the first: plan n is a pure function of the seed n. When exactly a request comes is not, so that a plan may
 * find something the second time only. `CAVES_FAULT_LOG` shows what happened in each.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalogue, nameOf } from './plans/catalogue.ts';
import { type FakeClock, startFakeClock } from './plans/clock.ts';
import { planOf } from './plans/plan.ts';
import { runPlan } from './plans/run.ts';

const first = Number(process.env['CAVES_FAULT_SEED'] ?? 0);
const count = Number(process.env['CAVES_FAULT_PLANS'] ?? (process.env['CI'] ? 200 : 100));
/** So many failures say enough. */
const mostFailures = 10;

describe('plans of faults', () => {
  let clock: FakeClock;
  beforeAll(() => {
    clock = startFakeClock();
  });
  afterAll(() => clock.stop());

  test(`every event arrives once and in order, and no offset runs ahead, in ${count} plans`, {
    // Of CPU a plan takes about one second; the rest is for others on the same two cores.
    timeout: 60_000 + count * 4_200,
  }, async () => {
    const fired = new Map<string, number>();
    const failed: string[] = [];
    for (let seed = first; seed < first + count && failed.length < mostFailures; seed++) {
      const { findings, fired: happened, log } = await runPlan(planOf(seed), clock);
      for (const name of happened) fired.set(name, (fired.get(name) ?? 0) + 1);
      if (findings.length > 0) failed.push([...log, ...findings.slice(0, 10), repeatHint(seed)].join('\n'));
      if (process.env['CAVES_FAULT_LOG']) console.log(log.join('\n'), '\n', findings.join('\n'));
    }
    const happened = [...fired].sort(([, a], [, b]) => b - a).map(([name, times]) => `${times} × ${name}`);
    console.log(
      `${[...fired.values()].reduce((sum, times) => sum + times, 0)} faults in ${count} plans: ${happened.join(', ')}`,
    );
    expect(failed.join('\n\n')).toBe('');
    // Fewer plans than kinds cannot have all of them.
    if (count < 2 * catalogue.length) return;
    expect(catalogue.map(nameOf).filter((name) => !fired.has(name))).toEqual([]);
  });
});

const repeatHint = (seed: number) =>
  `CAVES_FAULT_SEED=${seed} CAVES_FAULT_PLANS=1 npx vitest run test/faults/plans.test.ts repeats this plan.`;
