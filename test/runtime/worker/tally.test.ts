import { expect, test } from 'vitest';
import { createTally } from '../../../src/runtime/worker/tally.ts';

test('a configuration counts when it differs from the one before, the first not at all', () => {
  const tally = createTally();
  tally.configured('snk', { topics: 'a' });
  tally.configured('snk', { topics: 'a' });
  expect(tally.configChanges('snk')).toBe(0);
  tally.configured('snk', { topics: 'b' });
  tally.configured('snk', { topics: 'a' });
  expect(tally.configChanges('snk')).toBe(2);
  expect(tally.configChanges('src')).toBe(0);
});

test('failures are counted for each task', () => {
  const tally = createTally();
  tally.failed('snk', 1);
  tally.failed('snk', 1);
  expect([tally.failures('snk', 0), tally.failures('snk', 1), tally.failures('src', 1)]).toEqual([0, 2, 0]);
});

test('a connector that is created again begins at 0', () => {
  const tally = createTally();
  tally.configured('snk', { topics: 'a' });
  tally.failed('snk', 0);
  tally.forget('snk');
  tally.configured('snk', { topics: 'b' });
  expect([tally.configChanges('snk'), tally.failures('snk', 0)]).toEqual([0, 0]);
});
