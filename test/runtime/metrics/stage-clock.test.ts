import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createStageClock } from '../../../src/runtime/metrics/stage-clock.ts';
import { stagesOf, taskSpecs, taskTable } from '../../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../../src/runtime/metrics/task-metrics.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function sinkClock() {
  const metrics = createTaskMetrics(taskSpecs, { connector: 'snk', task: 0 });
  const clock = createStageClock(metrics, stagesOf.sink);
  const seconds = () =>
    Object.fromEntries(
      metrics
        .snapshot()
        .filter(({ name }) => name === taskTable.stageSeconds.name)
        .map(({ labels, value }) => [labels['stage'], Number(value.toFixed(6))]),
    );
  return { clock, seconds };
}

test('every stage is there from the start, with 0', () => {
  expect(sinkClock().seconds()).toEqual({ fetch: 0, decode: 0, validate: 0, transform: 0, write: 0, commit: 0 });
});

test('a stage that is under way is counted at every snapshot, and once', () => {
  const { clock, seconds } = sinkClock();
  const written = clock.begin('write');
  vi.advanceTimersByTime(2_000);
  expect(seconds()['write']).toBe(2);
  vi.advanceTimersByTime(1_000);
  expect(seconds()['write']).toBe(3);

  vi.advanceTimersByTime(500);
  written();
  written();
  vi.advanceTimersByTime(10_000);
  expect(seconds()['write']).toBe(3.5);
});

test('two waits in one stage are counted both, and what was measured elsewhere is added', () => {
  const { clock, seconds } = sinkClock();
  const ends = [clock.begin('fetch'), clock.begin('fetch')];
  vi.advanceTimersByTime(1_000);
  for (const end of ends) end();
  clock.add('decode', 40);
  clock.add('decode', 2);
  expect(seconds()).toMatchObject({ fetch: 2, decode: 0.042 });
});

test('a wait is counted until it is settled, also when it fails', async () => {
  const { clock, seconds } = sinkClock();
  const write = Promise.withResolvers<string>();
  const commit = Promise.withResolvers<string>();
  const waits = [clock.during('write', write.promise), clock.during('commit', commit.promise)];
  vi.advanceTimersByTime(100);
  write.resolve('durable');
  await waits[0];
  vi.advanceTimersByTime(100);
  commit.reject(new Error('fenced'));
  await expect(waits[1]).rejects.toThrow('fenced');
  vi.advanceTimersByTime(100);
  expect(seconds()).toMatchObject({ write: 0.1, commit: 0.2 });
});
