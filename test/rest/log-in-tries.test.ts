import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogInTries } from '../../src/rest/log-in-tries.ts';

function triesAt(start = 0) {
  let time = start;
  const tries = createLogInTries({ now: () => time });
  const later = (ms: number) => {
    time += ms;
  };
  return { ...tries, later };
}

test('the eleventh try within a minute must wait for its end, and then ten are free again', () => {
  const { failed, secondsToWait, later } = triesAt();
  for (let n = 0; n < 10; n++) {
    expect(secondsToWait('10.0.0.1')).toBe(0);
    failed('10.0.0.1');
    later(1000);
  }
  expect(secondsToWait('10.0.0.1')).toBe(50);
  expect(secondsToWait('10.0.0.2')).toBe(0);
  later(49_500);
  expect(secondsToWait('10.0.0.1')).toBe(1);
  later(500);
  expect(secondsToWait('10.0.0.1')).toBe(0);
});

test('whatever happens, no address is let try more than ten times in a minute that begins with a failure', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 20_000 })), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (all) => {
      const { failed, secondsToWait, later } = triesAt(5);
      const begun = new Map<string, { from: number; count: number }>();
      let time = 0;
      for (const [address, ms] of all) {
        later(ms);
        time += ms;
        if (secondsToWait(address) > 0) continue;
        failed(address);
        const window = begun.get(address);
        if (window === undefined || time - window.from >= 60_000) begun.set(address, { from: time, count: 1 });
        else expect(++window.count).toBeLessThanOrEqual(10);
      }
    }),
  );
});

test('addresses are forgotten when there are too many, the oldest first', () => {
  const { failed, secondsToWait } = triesAt();
  for (let n = 0; n < 10; n++) failed('the first');
  expect(secondsToWait('the first')).toBe(60);
  for (let n = 0; n < 10_000; n++) failed(`another ${n}`);
  expect(secondsToWait('the first')).toBe(0);
});
