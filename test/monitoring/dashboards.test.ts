/** The public rules of Grafana's dashboard linter, held against our dashboards. */
import { describe, expect, test } from 'vitest';
import { taskSpecs, workerTable } from '../../src/runtime/metrics/table.ts';
import { dashboardFiles } from './dashboard-files.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own way to name a variable
const chosenSource = '${datasource}';

test("the seed's dashboard is there with its address and its eight panels", () => {
  const { dashboard } = dashboardFiles().find(({ file }) => file === 'kafka-consumer-snowflake.json') ?? {};
  expect(dashboard?.uid).toBe('kafka-consumer-snowflake');
  expect(dashboard?.panels.map(({ title }) => title)).toEqual([
    'Events Consumed Rate',
    'Total Events Consumed',
    'Current Batch Size',
    'Batch Processing Duration',
    'Snowflake Insert Duration',
    'Events Inserted to Snowflake',
    'DLQ Messages',
    'Events Summary',
  ]);
});

describe.each(dashboardFiles())('$file', ({ file, dashboard }) => {
  const { panels, templating } = dashboard;
  const variable = (name: string) => templating.list.find((one) => one.name === name);
  const targets = panels.flatMap((panel) => panel.targets.map((target) => ({ title: panel.title, ...target })));

  test('is found by the name of its file and cannot be edited in place', () => {
    expect(`${dashboard.uid}.json`).toBe(file);
    expect(dashboard.editable).toBe(false);
  });

  test('lets its reader choose the data source, job, instance and connector', () => {
    expect(variable('datasource')).toMatchObject({ type: 'datasource', query: 'prometheus' });
    for (const name of ['job', 'instance', 'connector']) {
      expect(variable(name)).toMatchObject({
        type: 'query',
        datasource: { uid: chosenSource },
        multi: true,
        includeAll: true,
        allValue: '.+',
        refresh: 2,
        query: { query: expect.stringContaining('label_values(') },
      });
    }
  });

  test('every panel has a number of its own, a title, a description, a unit and something to show', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, description, datasource, fieldConfig, targets: shown } of panels) {
      expect(title).toMatch(/\S/);
      expect(description, title).toMatch(/\S.*\.$/s);
      expect(fieldConfig.defaults.unit, title).toMatch(/\S/);
      expect(datasource.uid, title).toBe(chosenSource);
      expect(shown.length, title).toBeGreaterThan(0);
    }
  });

  test('no two panels lie on one another, and none leaves the page', () => {
    const cells = panels.flatMap(({ title, gridPos: { x, y, w, h } }) => {
      expect(x + w, title).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
  });

  test('every selector of every query is narrowed by job, instance and connector', () => {
    for (const { title, expr, datasource } of targets) {
      expect(datasource.uid, title).toBe(chosenSource);
      const selectors = [...expr.matchAll(/[a-z_]+\{([^}]*)\}/g)].map(([, matchers]) => matchers);
      expect(selectors.length, title).toBeGreaterThan(0);
      for (const matchers of selectors) {
        for (const label of ['job', 'instance', 'connector']) {
          expect(matchers, title).toContain(`${label}=~"$${label}"`);
        }
      }
    }
  });

  test('counters stand within rate or increase only, over an interval that Grafana chooses', () => {
    for (const { title, expr } of targets) {
      const bare = expr.replaceAll(/(rate|increase)\([^()]*\)/g, '');
      expect(bare, title).not.toMatch(/_(total|bucket|sum|count)\b/);
      for (const [, range] of expr.matchAll(/\[([^\]]*)\]/g)) {
        expect(range, title).toMatch(/^\$__(rate_interval|range)$/);
      }
    }
  });

  test('every metric of the runtime that it asks for is in the table', () => {
    const names = new Set([...taskSpecs, ...Object.values(workerTable)].map(({ name }) => name));
    // What the Snowflake sink declares itself.
    const ofPlugins = /^(kafka_events_inserted_snowflake_total|kafka_snowflake_insert_rows|snowflake_[a-z_]+)$/;
    const queries = templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
    for (const expr of [...targets.map((target) => target.expr), ...queries]) {
      for (const [, name = ''] of expr.matchAll(/\b((?:kafka|connect|snowflake)_[a-z_]+)/g)) {
        const base = name.replace(/_bucket$/, '');
        expect(names.has(base) || ofPlugins.test(base), base).toBe(true);
      }
    }
  });
});
