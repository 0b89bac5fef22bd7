import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, expect, test, vi } from 'vitest';
import { createScreen, tellWaiting } from '../../src/cli/screen.ts';

/** A terminal that keeps what was written to it. */
function terminal() {
  const stream = Object.assign(new PassThrough(), { columns: 40, rows: 10, isTTY: true });
  let written = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    written += chunk;
  });
  const output = stream as unknown as NodeJS.WriteStream;
  return { output, screen: createScreen(output), written: () => written };
}

afterEach(() => {
  vi.useRealTimers();
});

test('lines go out as they are until a picture is drawn', () => {
  const { screen, written } = terminal();
  screen.write('ready\n');
  expect(written()).toBe('ready\n');
});

test('later lines stand above the picture, which is drawn again below them', () => {
  const { screen, written } = terminal();
  screen.draw(['one connector']);
  const before = written().length;
  screen.write('an event\n');
  const text = stripVTControlCharacters(written().slice(before));
  expect(text.indexOf('an event')).toBeGreaterThanOrEqual(0);
  expect(text.indexOf('one connector')).toBeGreaterThan(text.indexOf('an event'));
});

test('what comes after it was closed goes below the picture', () => {
  const { screen, written } = terminal();
  screen.draw(['one connector']);
  screen.close();
  screen.write('stopped\n');
  expect(written().endsWith('stopped\n')).toBe(true);
});

test('who waits for long is told what for and since when, and later nothing is left of it', () => {
  vi.useFakeTimers();
  const { output, written } = terminal();
  const end = tellWaiting(output, 'running');
  vi.advanceTimersByTime(900);
  expect(written()).toBe('');
  vi.advanceTimersByTime(2_200);
  expect(stripVTControlCharacters(written())).toContain('running… 3 s');

  const before = written().length;
  end();
  vi.advanceTimersByTime(5_000);
  expect(stripVTControlCharacters(written().slice(before)).trim()).toBe('');
});
