import { expect, test } from 'vitest';
import { formatLints } from '../../../src/runtime/config/format.ts';
import type { Lint } from '../../../src/runtime/config/model.ts';

const at = (line: number, column = 5) => ({ file: 'wine.yaml', line, column });
const lints: readonly Lint[] = [
  { level: 'error', code: 'unknown-key', message: 'Unknown.', key: 'rest.prt', at: at(2, 3) },
  { level: 'error', code: 'wrong-type', message: 'Wrong.', key: 'batch.size', connector: 'sink', at: at(20) },
  { level: 'warning', code: 'no-effect', message: 'No effect.', key: 'a', connector: 'sink', at: at(9) },
];

test('groups by connector, in the order of the file, with aligned columns', () => {
  expect(formatLints(lints)).toBe(
    [
      'wine.yaml:2:3   error    rest.prt    Unknown.',
      '',
      'sink',
      'wine.yaml:9:5   warning  a           No effect.',
      'wine.yaml:20:5  error    batch.size  Wrong.',
    ].join('\n'),
  );
});

test('colours only when asked to', () => {
  expect(formatLints(lints)).not.toContain('\u001b');
  expect(formatLints(lints, { color: true })).toContain('\u001b[');
});

test('says nothing about nothing', () => {
  expect(formatLints([])).toBe('');
});
