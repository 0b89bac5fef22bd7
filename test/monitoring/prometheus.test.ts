import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startMetricsServer } from '../../src/rest/server.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createRegistry, type Registry } from '../../src/runtime/metrics/registry.ts';
import { specsOf, taskTable as t, taskSpecs } from '../../src/runtime/metrics/table.ts';
import { createTaskMetrics } from '../../src/runtime/metrics/task-metrics.ts';
import { dashboardFiles, root } from './dashboard-files.ts';
import { hasPrometheus, startPrometheus } from './prometheus-server.ts';

interface PrometheusConfig {
  global: Record<string, string>;
  readonly scrape_configs: { readonly job_name: string; static_configs: { targets: string[] }[] }[];
}

const configFile = `${root}monitoring/prometheus/prometheus.yml`;
const config = parse(readFileSync(configFile, 'utf8')) as PrometheusConfig;

/** What the Snowflake sink declares. */
const ofSnowflake = specsOf({
  kafka_events_inserted_snowflake_total: { type: 'counter', help: 'Rows.', labels: ['topic', 'event_type'] },
  snowflake_insert_duration_seconds: { type: 'histogram', help: 'Time.', buckets: [0.05, 0.1, 0.25, 0.5, 1] },
  kafka_snowflake_insert_rows: { type: 'gauge', help: 'Rows of the last insert.' },
  snowflake_staging_rows: { type: 'gauge', help: 'Rows in the staging table.' },
});

/** A sink task that goes on working until the test ends: 100 events a batch, two of them invalid. */
function workAway(registry: Registry): void {
  registry.declare(ofSnowflake);
  const metrics = createTaskMetrics([...taskSpecs, ...ofSnowflake], { connector: 'wine-sales-sink', task: 0 });
  const types = { ORDER_CREATED: 69, INVENTORY_ADJUSTED: 29, unknown: 2 };
  const batch = () => {
    for (const [event_type, events] of Object.entries(types)) {
      const labels = { topic: 'sales_events', event_type };
      const isValid = event_type !== 'unknown';
      metrics.counter(t.eventsConsumed.name, labels).add(events);
      metrics.counter(t.eventsDlq.name, labels).add(isValid ? 0 : events);
      metrics.counter('kafka_events_inserted_snowflake_total', labels).add(isValid ? events : 0);
    }
    metrics.gauge(t.currentBatchSize.name).set(100);
    metrics.gauge(t.consumerLag.name, { topic: 'sales_events', partition: '0' }).set(12);
    metrics.histogram(t.batchSize.name).observe(100);
    metrics.histogram(t.eventSize.name).observe(330, 100);
    metrics.histogram(t.batchProcessing.name).observe(0.08);
    metrics.histogram('snowflake_insert_duration_seconds').observe(0.06);
    registry.update('wine-sales-sink-0', metrics.snapshot());
  };
  batch();
  const timer = setInterval(batch, 200);
  onTestFinished(() => clearInterval(timer));
}

describe.skipIf(!hasPrometheus)(`Prometheus${hasPrometheus ? '' : ' (skipped: prometheus is not installed)'}`, () => {
  test('finds no fault with the configuration of the stack', () => {
    const said = execFileSync('promtool', ['check', 'config', configFile], { encoding: 'utf8' });
    expect(said).toContain('is valid prometheus config file syntax');
  });

  test('gets data for every panel and every variable of every dashboard from a worker that it scrapes', async () => {
    const registry = createRegistry();
    const server = await startMetricsServer({ registry, host: '127.0.0.1', port: 0, log: createLogger(() => {}, 't') });
    onTestFinished(() => server.close());
    workAway(registry);

    const jobs = config.scrape_configs.filter(({ job_name }) => job_name === 'caves-connect');
    expect(jobs).toHaveLength(1);
    const prometheus = await startPrometheus({
      global: { scrape_interval: '1s' },
      scrape_configs: jobs.map((job) => ({ ...job, static_configs: [{ targets: [`127.0.0.1:${server.port}`] }] })),
    });

    for (const { dashboard } of dashboardFiles()) {
      const variables = new Map(
        dashboard.templating.list.flatMap(({ name, query, allValue }) =>
          typeof query === 'string' ? [] : [[name, { query: query.query, all: allValue ?? '.+' }]],
        ),
      );
      const expand = (expression: string) =>
        [...variables].reduce(
          (text, [name, { all }]) => text.replaceAll(`$${name}`, all),
          expression.replaceAll('$__rate_interval', '4s').replaceAll('$__range', '10s'),
        );
      for (const { title, targets } of dashboard.panels) {
        for (const { refId, expr } of targets) {
          await vi.waitFor(
            async () => {
              const values = (await prometheus.query(expand(expr))).map(({ value }) => Number(value[1]));
              const place = `${title} ${refId}: ${values}`;
              expect(values.length, place).toBeGreaterThan(0);
              expect(values.every(Number.isFinite), place).toBe(true);
              expect(Math.max(...values), place).toBeGreaterThan(0);
            },
            { timeout: 15_000, interval: 250 },
          );
        }
      }
      for (const [name, { query }] of variables) {
        const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(query) ?? [];
        const found = await prometheus.query(`count by (${label}) (${expand(selector)})`);
        expect(
          found.map(({ metric }) => metric[label]),
          name,
        ).toEqual([expect.stringMatching(/\S/)]);
      }
    }
  }, 60_000);
});
