import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sectionsFor } from './cases.ts';
import { differences } from './differences.ts';
import { rows } from './rows.ts';

const sections = sectionsFor({
  source: {},
  sourceNames: { short: '', simple: '' },
  sink: {},
  taskFails: {},
  connectorFails: {},
  nothingYet: {},
  place: { partition: {}, offset: {}, further: {}, end: {}, wrong: {} },
  transform: '',
  converter: '',
  optional: 'a',
  text: 'b',
  loggers: { one: '', namespace: '', inside: '' },
});
const cases = sections.flatMap((section) => section.cases);

describe('the rows of the table', () => {
  test.each(Object.entries(rows))('of %s are replayed, each once and in their order', (name, titles) => {
    const replayed = sections.find((section) => section.name === name)?.cases ?? [];
    expect(replayed.filter(({ isBeyond }) => !isBeyond).map(({ what }) => what)).toEqual(titles);
  });

  test('are 244 of a distributed worker and the 7 of a standalone one', () => {
    expect(sections.map(({ name }) => name)).toEqual(Object.keys(rows));
    expect(Object.values(rows).flat()).toHaveLength(244 + 7);
    expect(rows['standalone']).toHaveLength(7);
  });

  test('every case has a name of its own', () => {
    const names = cases.map(({ what }) => what);
    expect(names.filter((what, index) => names.indexOf(what) !== index)).toEqual([]);
  });
});

describe('the list of differences', () => {
  const answered = differences.flatMap(({ answers }) => Object.keys(answers));

  test('is short, and says why of each', () => {
    expect(differences.length).toBeLessThanOrEqual(12);
    for (const { because } of differences) expect(because).toMatch(/^[A-Z].*\.$/s);
  });

  test('is about cases that there are, each once', () => {
    expect(answered.filter((what) => !cases.some((one) => one.what === what))).toEqual([]);
    expect(new Set(answered).size).toBe(answered.length);
  });
});

/** The table itself lies outside of the repository: the folder that holds it is named by CAVES_FACTS. */
const table = join(process.env['CAVES_FACTS'] ?? '/nowhere', 'connect-rest.md');

test.skipIf(!existsSync(table))(
  'the table has these sections, with as many rows of the same methods and statuses (skipped without CAVES_FACTS)',
  () => {
    const ours = sections.map(({ name, cases: of }) => [
      name,
      of.filter(({ isBeyond }) => !isBeyond).map(({ request, status }) => `${request.split(' ')[0]} ${status}`),
    ]);
    expect(Object.fromEntries(ours)).toEqual(readTable(readFileSync(table, 'utf8')));
  },
);

/** Method and status of every row, by section. */
function readTable(markdown: string): Record<string, readonly string[]> {
  const found: Record<string, string[]> = {};
  let section = '';
  for (const line of markdown.split('\n')) {
    if (line.startsWith('## ')) section = line.startsWith('## Standalone') ? 'standalone' : line.slice(3).trim();
    const [method = '', ...cells] = line.split(' | ');
    const [, verb] = /^\| ([A-Z]+) \//.exec(method) ?? [];
    if (verb === undefined) continue;
    const status = cells[2]?.trim().slice(0, 3);
    found[section] = [...(found[section] ?? []), `${verb} ${status}`];
  }
  return found;
}
