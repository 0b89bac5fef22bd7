/** The public rules of Grafana's dashboard linter, held against our dashboards. */
import { describe, expect, test } from 'vitest';
import { taskSpecs, workerTable } from '../../src/runtime/metrics/table.ts';
import { dashboardFiles, type Panel } from './dashboard-files.ts';

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

const specs = new Map([...taskSpecs, ...Object.values(workerTable)].map((spec) => [spec.name, spec]));
const isOfTask = new Set(taskSpecs.map(({ name }) => name));

const isBars = ({ fieldConfig }: Panel) => fieldConfig.defaults.custom?.drawStyle === 'bars';

/** The metrics of an expression, each with its matchers. */
const narrowings = (expr: string) =>
  [...expr.matchAll(/([a-z][a-z0-9_]*)\{([^}]*)\}/g)].map(([, metric = '', matchers = '']) => ({ metric, matchers }));

/** By what its reader can choose among the series of a metric: those of the process have no connector. */
function choicesOf(metric: string): readonly string[] {
  const name = metric.replace(/_(bucket|sum|count)$/, '');
  if (/^(nodejs|process)_/.test(metric)) return ['job', 'instance'];
  const labels = specs.get(name)?.labels ?? [];
  const isTasks = isOfTask.has(name) || !specs.has(name);
  const own = isTasks ? ['connector', 'task'] : labels.filter((label) => ['connector', 'task'].includes(label));
  return ['job', 'instance', ...own];
}

test('the dashboard of the fleet marks restarts and new configurations, and leads to the page of each worker', () => {
  const { dashboard } = dashboardFiles().find(({ file }) => file === 'caves-connect-fleet.json') ?? {};
  const annotations = dashboard?.annotations.list ?? [];
  expect(annotations.map(({ expr }) => narrowings(expr)[0]?.metric)).toEqual([
    'connect_task_restarts_total',
    'connect_connector_config_changes_total',
  ]);
  for (const { name, expr, datasource } of annotations) {
    expect(datasource.uid, name).toBe(chosenSource);
    for (const label of ['job', 'instance', 'connector']) expect(expr, name).toContain(`${label}=~"$${label}"`);
  }
  const workers = dashboard?.panels.find(({ title }) => title === 'Workers');
  const links = workers?.fieldConfig.overrides.flatMap(({ matcher, properties }) =>
    properties.filter(({ id }) => id === 'links').map(({ value }) => [matcher.options, value]),
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own way to name a value
  expect(links).toEqual([['Worker', [expect.objectContaining({ url: 'http://${__value.text}/' })]]]);
});

describe.each(dashboardFiles())('$file', ({ file, dashboard }) => {
  const { panels, headings, templating } = dashboard;
  const variable = (name: string) => templating.list.find((one) => one.name === name);
  const isFleet = dashboard.uid === 'caves-connect-fleet';
  const targets = panels.flatMap((panel) => panel.targets.map((target) => ({ title: panel.title, ...target })));

  test('is found by the name of its file and cannot be edited in place', () => {
    expect(`${dashboard.uid}.json`).toBe(file);
    expect(dashboard.editable).toBe(false);
  });

  test('lets its reader choose the data source, job, instance, connector and, where it looks that close, task', () => {
    expect(variable('datasource')).toMatchObject({ type: 'datasource', query: 'prometheus', label: 'Data source' });
    expect(variable('task') !== undefined).toBe(isFleet);
    for (const name of ['job', 'instance', 'connector', ...(isFleet ? ['task'] : [])]) {
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
    expect(new Set([...panels, ...headings].map(({ id }) => id)).size).toBe(panels.length + headings.length);
    for (const { title, description, datasource, fieldConfig, targets: shown } of panels) {
      expect(title).toMatch(/\S/);
      expect(description, title).toMatch(/\S.*\.$/s);
      expect(fieldConfig.defaults.unit, title).toMatch(/\S/);
      expect(datasource.uid, title).toBe(chosenSource);
      expect(shown.length, title).toBeGreaterThan(0);
    }
  });

  test('no two panels lie on one another, none leaves the page, and there is no hole between them', () => {
    const cells = [...headings, ...panels].flatMap(({ title, gridPos: { x, y, w, h } }) => {
      expect(x + w, title).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size).toBe(cells.length);
    expect(cells.length).toBe(24 * Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)));
  });

  test("no stat says 'No data' before the first record", () => {
    for (const { title, fieldConfig, targets: shown } of panels.filter(({ type }) => type === 'stat')) {
      const isNeverEmpty = shown.every(({ expr }) => expr.endsWith(' or vector(0)'));
      if (!isNeverEmpty) expect(fieldConfig.defaults.noValue, title).toMatch(/\S/);
    }
  });

  // The last value of a range may be half an hour old: that of a worker long gone would still be green.
  test('every stat of the fleet is asked for as of now', () => {
    for (const { title, targets: shown } of panels.filter(({ type }) => isFleet && type === 'stat')) {
      for (const target of shown) expect(target, title).toMatchObject({ instant: true, range: false });
    }
  });

  // Over $__rate_interval alone, four scrapes long, one event would stand in four bars, and as 1.33 in each.
  test('bars count whole events, each in one minute', () => {
    for (const { title, interval, targets: shown } of panels.filter(isBars)) {
      expect(interval, title).toBe('1m');
      for (const { expr } of shown) expect(expr, title).toMatch(/^round\(sum by \(\w+\) \(increase\(.*\)\)\)$/);
    }
  });

  // With all jobs chosen that would be Prometheus and the broker as well: they have such metrics too.
  test('what every process has is shown of workers only', () => {
    for (const { title, expr } of targets.filter(({ expr }) => /\bprocess_/.test(expr))) {
      expect(expr, title).toContain('and on (job, instance) connect_worker_info{');
    }
  });

  test('every stat tells by its colour whether its number is well', () => {
    for (const { title, type, fieldConfig } of panels) {
      const { steps = [] } = fieldConfig.defaults.thresholds ?? {};
      expect(steps.length, title).toBeGreaterThanOrEqual(type === 'stat' && isFleet ? 2 : 1);
      // The first one holds from minus infinity on; the others ascend.
      const [base, ...others] = steps.map(({ value }) => value);
      expect(base, title).toBeNull();
      expect(others, title).toEqual([...others].sort((a, b) => Number(a) - Number(b)));
    }
  });

  test('every selector of every query is narrowed by what its reader has chosen, as far as the metric has it', () => {
    for (const { title, expr, datasource } of targets) {
      expect(datasource.uid, title).toBe(chosenSource);
      expect(narrowings(expr).length, title).toBeGreaterThan(0);
      for (const { metric, matchers } of narrowings(expr)) {
        for (const label of choicesOf(metric)) {
          // The seed's dashboard has no choice of a task.
          if (label !== 'task' || isFleet) expect(matchers, `${title}: ${metric}`).toContain(`${label}=~"$${label}"`);
        }
      }
    }
  });

  test('no query names a metric without a selector', () => {
    for (const { title, expr } of targets) {
      const withoutLabels = expr.replaceAll(/\b(by|without|on|ignoring) \([^)]*\)/g, '');
      expect(withoutLabels, title).not.toMatch(/\b[a-z]+_[a-z0-9_]+(?=\s*[)[+\-*/]|$)/);
    }
  });

  test('is shown anew by itself, and leads to the other one', () => {
    expect(dashboard.refresh).toMatch(/^\d+s$/);
    const others = dashboardFiles().filter((other) => other.file !== file);
    expect(dashboard.links.map(({ url }) => url)).toEqual(others.map((other) => `/d/${other.dashboard.uid}`));
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
    // What the Snowflake sink declares itself.
    const ofPlugins = /^(kafka_events_inserted_snowflake_total|kafka_snowflake_insert_rows|snowflake_[a-z_]+)$/;
    const queries = templating.list.flatMap(({ query }) => (typeof query === 'string' ? [] : [query.query]));
    const annotations = dashboard.annotations.list.map(({ expr }) => expr);
    for (const expr of [...targets.map((target) => target.expr), ...queries, ...annotations]) {
      for (const [, name = ''] of expr.matchAll(/\b((?:kafka|connect|snowflake)_[a-z_]+)/g)) {
        const base = name.replace(/_(bucket|sum|count)$/, '');
        expect(specs.has(base) || ofPlugins.test(base), base).toBe(true);
      }
    }
  });
});
