import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { takeStopSignals } from '../../src/cli/stop-signals.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first signal asks to stop, a later one to end at once', async () => {
  const terminal = new EventEmitter();
  const signals = takeStopSignals(terminal);
  terminal.emit('SIGTERM', 'SIGTERM');
  expect(await signals.first).toBe('SIGTERM');
  vi.advanceTimersByTime(2000);
  terminal.emit('SIGINT', 'SIGINT');
  expect(await signals.second).toBe('SIGINT');
});

test('the same keypress that arrives twice, from the terminal and from npx, counts once', async () => {
  const terminal = new EventEmitter();
  const signals = takeStopSignals(terminal);
  const second = vi.fn();
  void signals.second.then(second);
  terminal.emit('SIGINT', 'SIGINT');
  vi.advanceTimersByTime(20);
  terminal.emit('SIGINT', 'SIGINT');
  await signals.first;
  expect(second).not.toHaveBeenCalled();
});

test('released signals are left to Node again', () => {
  const terminal = new EventEmitter();
  takeStopSignals(terminal).release();
  expect(terminal.eventNames()).toEqual([]);
});
