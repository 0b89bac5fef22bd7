/** docs/metrics.md against the metrics that there are: neither may have what the other has not. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { metrics as ofSnowflake } from '../../connectors/snowflake-variant/metrics.ts';
import type { MetricSpec } from '../../src/runtime/metrics/model.ts';
import { specsOf, stages, stagesOf, taskSpecs, workerTable } from '../../src/runtime/metrics/table.ts';
import { root } from './dashboard-files.ts';

const page = readFileSync(`${root}docs/metrics.md`, 'utf8');
const rows = page.split('\n').flatMap((line) => {
  if (!line.startsWith('| ')) return [];
  return [
    line
      .slice(2, -2)
      .split(' | ')
      .map((cell) => cell.trim()),
  ];
});
const codesIn = (text = '') => [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

const ofTasks = [...taskSpecs, ...specsOf(ofSnowflake)].map((spec) => ({
  ...spec,
  labels: ['connector', 'task', ...spec.labels],
}));
const specs: readonly MetricSpec[] = [...ofTasks, ...Object.values(workerTable)];

describe('docs/metrics.md', () => {
  test('has each metric once, with its type, its labels and its help, and no other', () => {
    const described = rows
      .filter(([, type = '']) => ['counter', 'gauge', 'histogram'].includes(type))
      .map(([name, type, labels, help]) => ({ name: codesIn(name)[0], type, labels: codesIn(labels), help }));
    const byName = (a: { readonly name?: string | undefined }, b: { readonly name?: string | undefined }) =>
      String(a.name).localeCompare(String(b.name));
    expect(described.sort(byName)).toEqual(
      specs.map(({ name, type, labels, help }) => ({ name, type, labels, help })).sort(byName),
    );
  });

  test('names in its text and its expressions only metrics that there are', () => {
    const known = new Set(specs.map(({ name }) => name));
    for (const [name] of page.matchAll(/\b(?:connect|kafka|snowflake)_[a-z_]+[a-z]\b/g)) {
      expect(
        known.has(name.replace(/_(bucket|sum|count)$/, '')) || known.has(name) || name === 'connect_thread',
        name,
      ).toBe(true);
    }
  });

  test('explains each stage, and of a source and a sink those that they have', () => {
    const explained = rows.filter(([stage]) => stages.some((name) => stage === `\`${name}\``));
    const having = (column: number) =>
      explained.filter((cells) => !cells[column]?.startsWith('–')).map(([stage]) => codesIn(stage)[0]);
    expect(explained.map(([stage]) => codesIn(stage)[0])).toEqual([...stages]);
    expect(having(1).sort()).toEqual([...stagesOf.source].sort());
    expect(having(2).sort()).toEqual([...stagesOf.sink].sort());
  });
});
