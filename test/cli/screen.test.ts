import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createScreen } from '../../src/cli/screen.ts';

/** A terminal that keeps what was written to it. */
function terminal() {
  const stream = Object.assign(new PassThrough(), { columns: 40, rows: 10, isTTY: true });
  let written = '';
  stream.setEncoding('utf8').on('data', (chunk) => {
    written += chunk;
  });
  return { screen: createScreen(stream as unknown as NodeJS.WriteStream), written: () => written };
}

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
