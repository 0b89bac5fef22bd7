/**
 * A real Prometheus scrapes a real worker and evaluates whatever we hand to people: each panel and each variable of the
 * dashboards, their annotations, each recording rule, and each alert.
 *
 * An alert or an annotation has data when something is wrong or has happened; on a healthy worker it must have none. So
 * its comparisons with numbers are taken out: what it compares must be there.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { type Dashboard, dashboardFiles, root } from './dashboard-files.ts';
import { hasPrometheus, type Prometheus, startPrometheus } from './prometheus-server.ts';
import { workingWorker } from './working-worker.ts';

interface PrometheusConfig {
  readonly scrape_configs: { readonly job_name: string; static_configs: { targets: string[] }[] }[];
}

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

const configFile = `${root}monitoring/prometheus/prometheus.yml`;
const config = parse(readFileSync(configFile, 'utf8')) as PrometheusConfig;
const rulesFile = `${root}monitoring/prometheus/rules/caves-connect.yml`;
const { groups } = parse(readFileSync(rulesFile, 'utf8')) as { groups: readonly { readonly rules: readonly Rule[] }[] };

/** Panels that may rightly show 0 while the worker does well. */
const zeroWhenHealthy = new Set([
  'Failed',
  'Tasks stalled',
  'Lag',
  'Oldest event',
  'Lag in records',
  'Lag in seconds',
  'Batches by what closed them',
  'Bytes held',
  'Retries',
  'Starts and rebalances',
  'Event loop lag',
  'Current Batch Size',
]);

/** What is compared, without the comparison. */
const uncompared = (expression: string) => expression.replaceAll(/\s(==|!=|>=?|<=?)\s+[\d.]+/g, '');

/** Grafana's variables as Grafana fills them in when nothing is chosen. */
function expander({ templating }: Dashboard): (expression: string) => string {
  const all = templating.list.map(({ name, allValue }) => [name, allValue ?? '.+'] as const);
  return (expression) =>
    all.reduce(
      (text, [name, value]) => text.replaceAll(`$${name}`, value),
      expression.replaceAll('$__rate_interval', '5s').replaceAll('$__interval', '1s').replaceAll('$__range', '10s'),
    );
}

/** The values of an expression, once it has data. */
async function valuesOf(prometheus: Prometheus, expression: string, place: string): Promise<readonly number[]> {
  return vi.waitFor(
    async () => {
      const values = (await prometheus.query(expression)).map(({ value }) => Number(value[1]));
      expect(values.length, `${place}: ${expression}`).toBeGreaterThan(0);
      expect(values.every(Number.isFinite), `${place}: ${values} of ${expression}`).toBe(true);
      return values;
    },
    { timeout: 30_000, interval: 250 },
  );
}

describe.skipIf(!hasPrometheus)(`Prometheus${hasPrometheus ? '' : ' (skipped: prometheus is not installed)'}`, () => {
  test('finds no fault with the configuration of the stack', () => {
    const said = execFileSync('promtool', ['check', 'config', configFile], { encoding: 'utf8' });
    expect(said).toContain('is valid prometheus config file syntax');
  });

  test('gets data from a working worker for all that we ask of it', async () => {
    const { port } = await workingWorker();
    const jobs = config.scrape_configs.filter(({ job_name }) => job_name === 'caves-connect');
    expect(jobs).toHaveLength(1);
    const prometheus = await startPrometheus({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [rulesFile],
      scrape_configs: jobs.map((job) => ({ ...job, static_configs: [{ targets: [`127.0.0.1:${port}`] }] })),
    });

    for (const { dashboard } of dashboardFiles()) {
      const expand = expander(dashboard);
      for (const { title, targets } of dashboard.panels) {
        for (const { refId, expr } of targets) {
          const place = `${dashboard.title}, ${title} ${refId}`;
          await vi.waitFor(
            async () => {
              const values = await valuesOf(prometheus, expand(expr), place);
              if (!zeroWhenHealthy.has(title)) expect(Math.max(...values), place).toBeGreaterThan(0);
            },
            { timeout: 30_000, interval: 250 },
          );
        }
      }
      for (const { name, query } of dashboard.templating.list) {
        if (typeof query === 'string') continue;
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query.query) ?? [];
        const found = await prometheus.query(`count by (${label}) (${expand(selector)})`);
        expect(found.length, `${dashboard.title}, the variable ${name}`).toBeGreaterThan(0);
        for (const { metric } of found) expect(metric[label], name).toMatch(/\S/);
      }
      for (const { name, expr } of dashboard.annotations.list) {
        await valuesOf(prometheus, uncompared(expand(expr)), `${dashboard.title}, the annotation ${name}`);
      }
    }
    for (const { alert, record, expr } of groups.flatMap(({ rules }) => rules)) {
      if (record !== undefined) await valuesOf(prometheus, record, record);
      // No series has failed to come: absent() has nothing to say.
      else await valuesOf(prometheus, uncompared(expr), alert ?? 'a rule');
      // As it stands it must be valid.
      await prometheus.query(expr);
    }
    const page = readFileSync(`${root}docs/metrics.md`, 'utf8');
    const [, translations = ''] = page.split('## From JMX to here');
    for (const [, expression = ''] of translations.matchAll(/`([^`]*\b(?:connect|kafka)_[^`]+)`/g)) {
      await prometheus.query(expression);
    }
  }, 180_000);

  test('leaves no panel of the fleet empty on a fresh start, when next to nothing has come', async () => {
    const { port } = await workingWorker({ 'generation.delay.ms': '3600000' });
    const prometheus = await startPrometheus({
      global: { scrape_interval: '1s' },
      scrape_configs: [{ job_name: 'caves-connect', static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
    });
    const { dashboard } = dashboardFiles().find(({ file }) => file === 'caves-connect-fleet.json') ?? {};
    if (dashboard === undefined) expect.fail('there is no such dashboard');
    const expand = expander(dashboard);
    for (const { title, targets } of dashboard.panels) {
      for (const { expr } of targets) {
        await vi.waitFor(
          // A quantile of nothing is NaN: a chart without a line, and with its legend.
          async () => expect((await prometheus.query(expand(expr))).length, title).toBeGreaterThan(0),
          { timeout: 30_000, interval: 250 },
        );
      }
    }
  }, 120_000);

  test('has no complaint about the text of a working worker, and finds in it all that its page promises', async () => {
    const { port } = await workingWorker();
    const page = readFileSync(`${root}docs/metrics.md`, 'utf8');
    const promised = [...page.matchAll(/^\| `(\w+)` \| (?:counter|gauge|histogram) \|/gm)].map(([, name = '']) => name);
    const text = await vi.waitFor(
      async () => {
        const shown = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        const series = new Set(shown.split('\n').map((line) => /^\w+/.exec(line)?.[0]));
        expect(promised.filter((name) => !series.has(name) && !series.has(`${name}_count`))).toEqual([]);
        return shown;
      },
      { timeout: 30_000, interval: 250 },
    );
    expect(execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })).toBe('');
  });
});
