import { expect, onTestFinished, test, vi } from 'vitest';
import { watchSigns } from '../../../src/runtime/kafka/signs.ts';

test('seconds without a sign are counted, and from the start after one', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const counted: number[] = [];
  const watch = watchSigns((seconds) => counted.push(seconds));
  vi.advanceTimersByTime(3_500);
  watch.sign();
  vi.advanceTimersByTime(2_000);
  watch.close();
  vi.advanceTimersByTime(5_000);
  expect(counted).toEqual([1, 2, 3, 1, 2]);
});

test('a time in which the process was held does not count', () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const counted: number[] = [];
  const watch = watchSigns((seconds) => counted.push(seconds));
  // The clock goes on while timers do not.
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(1_000);
  watch.close();
  expect(counted).toEqual([1]);
});
