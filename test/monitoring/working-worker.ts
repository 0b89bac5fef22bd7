/**
 * A worker as people run it, for the tests of what is looked at: the main job on the embedded services, faster, with
 * the source in a thread of its own and one event in five faulty. It works until the test ends.
 */
import { readFileSync } from 'node:fs';
import { startEmbedded } from 'caves-connect/testing';
import { onTestFinished } from 'vitest';
import { startMetricsServer } from '../../src/rest/server.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { createPluginRegistry } from '../../src/runtime/plugins/registry.ts';
import { workerForTest } from '../helpers/runtime/worker.ts';
import { root } from './dashboard-files.ts';

const schemas = Object.fromEntries(
  ['order-created', 'inventory-adjusted'].map((file) => [
    file.toUpperCase().replace('-', '_'),
    JSON.parse(readFileSync(`${root}configs/schemas/${file}.json`, 'utf8')),
  ]),
);

export const sourceConfig = {
  'connector.class': 'wine-sales-generator',
  'task.isolation': 'thread',
  topic: 'sales_events',
  'generation.delay.ms': '5',
  'invalid.ratio': '0.2',
};

export const sinkConfig = {
  'connector.class': 'snowflake-variant',
  topics: 'sales_events',
  'batch.linger.ms': '100',
  'value.schemas.field': 'event_type',
  'value.schemas': JSON.stringify(schemas),
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': 'sales_events.dlq',
  'snowflake.account': 'embedded',
  'snowflake.user': 'caves',
  'snowflake.password': 'caves',
};

/** @returns the worker, and the port on which it shows its metrics; `source` is what is changed of the source's configuration */
export async function workingWorker(source: Readonly<Record<string, string>> = {}) {
  const embedded = await startEmbedded();
  onTestFinished(() => embedded.close());
  const [host = '', port] = embedded.kafka.brokers[0]?.split(':') ?? [];
  const worker = workerForTest({ broker: { host, port: Number(port) }, plugins: createPluginRegistry() });
  await worker.ready;
  await worker.put('wine-sales-source', { ...sourceConfig, ...source });
  await worker.put('wine-sales-sink', { ...sinkConfig, 'snowflake.url': embedded.snowflake.url });
  const server = await startMetricsServer({
    registry: worker.metrics,
    host: '127.0.0.1',
    port: 0,
    log: createLogger(() => {}, 'metrics'),
  });
  onTestFinished(() => server.close());
  return { worker, port: server.port };
}
