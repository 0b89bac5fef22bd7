import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLedger } from '../../../src/runtime/metrics/ledger.ts';
import type { Sample } from '../../../src/runtime/metrics/model.ts';

const types: Readonly<Record<string, 'counter' | 'gauge' | 'histogram'>> = {
  read_total: 'counter',
  lag: 'gauge',
  size: 'histogram',
};
const create = () => createLedger((name) => types[name]);
const labels = { connector: 'wine-sink', task: '0' };
const read = (value: number): Sample => ({ name: 'read_total', labels, value });
const lag = (value: number): Sample => ({ name: 'lag', labels, value });
const size = (value: number, buckets: readonly number[]): Sample => ({
  name: 'size',
  labels,
  value,
  count: buckets.reduce((a, b) => a + b, 0),
  buckets,
});

test('the latest snapshot of a task replaces the one before', () => {
  const ledger = create();
  ledger.update('a', [read(5), lag(3)]);
  ledger.update('a', [read(8), lag(1)]);
  expect(ledger.samples('read_total')).toEqual([read(8)]);
  expect(ledger.samples('lag')).toEqual([lag(1)]);
});

test('counters and histograms of a restarted task go on where they were, gauges begin anew', () => {
  const ledger = create();
  ledger.update('a', [read(5), lag(3), size(10, [1, 2])]);
  ledger.remove('a');
  expect(ledger.samples('read_total')).toEqual([read(5)]);
  expect(ledger.samples('lag')).toEqual([]);
  ledger.update('a', [read(100), lag(7), size(4, [1, 0])]);
  expect(ledger.samples('read_total')).toEqual([read(105)]);
  expect(ledger.samples('lag')).toEqual([lag(7)]);
  expect(ledger.samples('size')).toEqual([size(14, [2, 2])]);
});

test('a restart that nobody told of shows by counts that have fallen', () => {
  const ledger = create();
  ledger.update('a', [read(50), size(10, [1, 2])]);
  ledger.update('a', [read(2), size(10, [1, 2])]);
  expect(ledger.samples('read_total')).toEqual([read(52)]);
  expect(ledger.samples('size')).toEqual([size(20, [2, 4])]);
});

test('a deleted connector takes its series with it and leaves those of others', () => {
  const ledger = create();
  const other = { ...read(9), labels: { connector: 'wine-source', task: '0' } };
  ledger.update('a', [read(5)]);
  ledger.update('b', [other]);
  ledger.remove('a');
  ledger.forget('wine-sink');
  expect(ledger.samples('read_total')).toEqual([other]);
});

test('removing twice, or what was never there, changes nothing', () => {
  const ledger = create();
  ledger.update('a', [read(5)]);
  ledger.remove('a');
  ledger.remove('a');
  ledger.remove('b');
  expect(ledger.samples('read_total')).toEqual([read(5)]);
});

test('a metric that nobody declared is refused by name', () => {
  expect(() => create().update('a', [{ name: 'nope', labels, value: 1 }])).toThrow('The metric nope of a was never');
});

test('whatever restarts come, a counter never falls and ends at the sum of all incarnations', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ add: fc.nat(50) }) },
    { weight: 1, arbitrary: fc.constant('restart' as const) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const ledger = create();
      let own = 0;
      let total = 0;
      let seen = 0;
      for (const one of steps) {
        if (one === 'restart') {
          ledger.remove('a');
          own = 0;
        } else {
          own += one.add;
          total += one.add;
          ledger.update('a', [read(own)]);
        }
        const now = ledger.samples('read_total')[0]?.value ?? 0;
        expect(now).toBeGreaterThanOrEqual(seen);
        seen = now;
      }
      expect(seen).toBe(total);
    }),
  );
});
