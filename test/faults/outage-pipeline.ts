/**
 * The pipelines that an outage hits, side by side in one worker: one under load, with rejects on the way, and one that
 * is idle until a line is appended to its file. It is the worker of the command line, in a process of its own.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RunningCli, startCli } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

export const topics = { load: 'load', idle: 'idle' } as const;
export const tables = { load: 'RAW_EVENTS_STREAM', idle: 'IDLE_EVENTS' } as const;
export const generator = { seed: 11, invalidRatio: 0.05 } as const;

export interface Pipelines {
  readonly folder: string;
  readonly file: string;
  readonly worker: RunningCli;
  /** An event for the idle pipeline. */
  line(text: string): void;
  /** Asks the REST API. */
  rest(path: string, method?: 'GET' | 'PUT'): Promise<{ readonly status: number; readonly body: unknown }>;
}

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Starts the worker; resolves when its REST API answers. */
export async function startPipelines(ports: { readonly broker: number; readonly warehouse: number }) {
  const folder = tempFolder();
  const file = join(folder, 'outages.yaml');
  const lines = join(folder, 'lines.txt');
  writeFileSync(lines, '');
  const snowflake = `
    snowflake:
      url: http://127.0.0.1:${ports.warehouse}
      user: caves
      password: \${env:TEST_PASSWORD:-caves}`;
  writeFileSync(
    file,
    `
worker:
  bootstrap.servers: 127.0.0.1:${ports.broker}
  rest.port: 0
  metrics.port: 0
connectors:
  load-source:
    connector.class: wine-sales-generator
    topic: ${topics.load}
    generation.delay.ms: 4
    generation.seed: ${generator.seed}
    invalid.ratio: ${generator.invalidRatio}
  load-sink:
    connector.class: snowflake-variant
    topics: ${topics.load}
    batch: { size: 200, linger.ms: 100 }
    value.schemas.field: event_type
    value.schemas:
      ORDER_CREATED: ${here('../../configs/schemas/order-created.json')}
      INVENTORY_ADJUSTED: ${here('../../configs/schemas/inventory-adjusted.json')}
    errors:
      tolerance: all
      deadletterqueue.topic.name: ${topics.load}.dlq${snowflake}
  idle-source:
    connector.class: ${here('lines-source.ts')}
    file: ${lines}
    topic: ${topics.idle}
  idle-sink:
    connector.class: snowflake-variant
    topics: ${topics.idle}
    batch.linger.ms: 50${snowflake}
      table: ${tables.idle}
`,
  );
  const worker = startCli(['start', file, '--plain'], { cwd: folder });
  const url = await eventually(
    () => {
      const found = /REST +(http:\/\/\S+)/.exec(worker.stdout())?.[1];
      if (found === undefined) throw new Error(`no REST API:\n${worker.stdout()}\n${worker.stderr()}`);
      return found;
    },
    { timeout: 30_000 },
  );
  const pipelines: Pipelines = {
    folder,
    file,
    worker,
    line: (text) => appendFileSync(lines, `${text}\n`),
    async rest(path, method = 'GET') {
      const response = await fetch(new URL(path, url), { method, signal: AbortSignal.timeout(10_000) });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
  return pipelines;
}
