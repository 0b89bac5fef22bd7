import { expect, test } from 'vitest';
import { createLogWriter, wantsColour } from '../../src/cli/terminal.ts';
import type { LogEntry } from '../../src/runtime/log.ts';

const entry: LogEntry = {
  time: new Date(2026, 0, 2, 3, 4, 5).getTime(),
  level: 'info',
  scope: 'wine-sales-sink|task-0',
  message: '📊 Events consumed: 100',
  fields: {},
};

function written(entry: LogEntry, format: 'text' | 'json' = 'text', colour = false): string {
  let text = '';
  createLogWriter({ output: { write: (chunk) => (text += chunk) }, format, colour })(entry);
  return text;
}

test('an information is time, scope and message, and nothing else', () => {
  expect(written(entry)).toBe('03:04:05 wine-sales-sink|task-0  📊 Events consumed: 100\n');
});

test('a warning and an error carry a mark, fields stand behind the message', () => {
  const warning = { ...entry, level: 'warn' as const, message: 'slow', fields: { ms: 1200, table: 'T' } };
  expect(written(warning)).toBe('03:04:05 wine-sales-sink|task-0  WARN slow ms=1200 table=T\n');
  expect(written({ ...warning, level: 'error' })).toContain('ERROR slow');
});

test('colour is only in the coloured output', () => {
  expect(written(entry, 'text', true)).toContain('\u001b[');
  expect(written(entry, 'text', false)).not.toContain('\u001b[');
});

test('what a record brings along cannot steer the terminal', () => {
  const message = 'name \u001b[2J\u001b]0;owned\u0007 \r\u0008 end\nsecond line';
  const line = written({ ...entry, message, fields: { value: '\u001b[31m' } });
  expect(line).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(line).toContain('\n         second line');
});

test('JSON lines hold the same, one a line, and survive what JSON has no word for', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const line = written({ ...entry, message: 'two\nlines', fields: { offset: 12n, error: new Error('boom') } }, 'json');
  expect(line.trimEnd()).not.toContain('\n');
  expect(JSON.parse(line)).toEqual({
    time: new Date(entry.time).toISOString(),
    level: 'info',
    scope: 'wine-sales-sink|task-0',
    message: 'two\nlines',
    fields: { offset: '12', error: 'boom' },
  });
  expect(() => written({ ...entry, fields: { cycle } }, 'json')).not.toThrow();
});

test('colour needs a terminal and respects NO_COLOR', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
  expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(true);
});
