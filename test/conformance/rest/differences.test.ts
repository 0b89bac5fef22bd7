import { expect, test } from 'vitest';
import { casesFor } from './cases.ts';
import { differences } from './differences.ts';

const cases = casesFor({
  source: {},
  sink: {},
  taskFails: {},
  connectorFails: {},
  place: { partition: {}, offset: {}, further: {} },
  transform: '',
  optional: 'a',
  text: 'b',
  logger: '',
}).map(({ what }) => what);

test('every case has a name of its own', () => {
  expect(cases.filter((what, index) => cases.indexOf(what) !== index)).toEqual([]);
  expect(cases.length).toBeGreaterThan(200);
});

test('every difference is about one case, and says why', () => {
  const names = differences.map(({ what }) => what);
  expect(names.filter((what) => !cases.includes(what))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  for (const { because } of differences) expect(because).toMatch(/^[A-Z].*\.$/);
});
