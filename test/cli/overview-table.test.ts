import { describe, expect, test } from 'vitest';
import { formatOverview, seconds } from '../../src/cli/overview-table.ts';
import { createPaint } from '../../src/cli/terminal.ts';
import { connectorOverview, overviewWith } from '../helpers/overview.ts';

const plain = { paint: createPaint(false), width: 200, rows: 10 };

describe('a worker at a glance', () => {
  test('has a line for the worker and one for each connector', () => {
    expect(formatOverview(overviewWith(connectorOverview('wine-sales-sink')), plain)).toEqual([
      'caves-connect 0.1.0  healthy  03:04:05',
      'CONNECTOR        TYPE  STATE    TASKS  RECORDS/S   TOTAL  REJECTED  LAG     P95',
      'wine-sales-sink  sink  RUNNING    1/1      1,235  98,765         2   12  420 ms',
    ]);
  });

  test('tells below what has failed, in one line each, and nothing that steers the terminal', () => {
    const trace = 'ConfigError: no\u001b[2J warehouse\n    at somewhere';
    const lines = formatOverview(overviewWith(connectorOverview('snk', 'FAILED', trace)), plain);
    expect(lines.at(-1)).toBe('snk|task-0: ConfigError: no warehouse');
  });

  test('never is wider than the terminal', () => {
    const narrow = { ...plain, width: 30 };
    const worker = overviewWith(connectorOverview('a-connector-with-a-long-name', 'FAILED', 'x'.repeat(200)));
    for (const line of formatOverview(worker, narrow).slice(1)) expect(line.length).toBeLessThanOrEqual(30);
  });

  test('shows those in trouble first when there is no room for all', () => {
    const many = ['a', 'b', 'c'].map((name) => connectorOverview(name));
    const lines = formatOverview(overviewWith(...many, connectorOverview('z', 'FAILED', 'broken')), {
      ...plain,
      rows: 2,
    });
    expect(lines.filter((line) => /^[az] /.test(line)).map(([name]) => name)).toEqual(['z', 'a']);
    expect(lines).toContain('and 2 more');
  });

  test('says why a worker is not healthy', () => {
    const worker = overviewWith();
    const health = { status: 'unhealthy', message: 'Worker was unable to reach Kafka' } as const;
    const lines = formatOverview({ ...worker, worker: { ...worker.worker, health } }, plain);
    expect(lines.slice(0, 2)).toEqual(['caves-connect 0.1.0  unhealthy  03:04:05', 'Worker was unable to reach Kafka']);
  });
});

test.each([
  [0.0042, '4 ms'],
  [0.42, '420 ms'],
  [3.21, '3.2 s'],
  [600, '10 min'],
])('%d seconds read as %s', (value, text) => {
  expect(seconds(value)).toBe(text);
});
