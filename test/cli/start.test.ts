/** The main job as its user runs it: the bin, the YAML, the embedded services, the terminal, the signals. */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CliResult, type RunningCli, runCli, startCli } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

const configs = fileURLToPath(new URL('../../configs/', import.meta.url));
const env = { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' };

interface Job {
  readonly cwd: string;
  start(...flags: string[]): RunningCli;
  sql(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** The main job in a project of its own; `changes` replace lines of its YAML. */
function givenJob(changes: Readonly<Record<string, string>> = {}): Job {
  const cwd = tempFolder('caves-start-');
  writeFileSync(join(cwd, 'package.json'), '{}');
  let yaml = readFileSync(join(configs, 'wine.yaml'), 'utf8').replaceAll('./schemas/', `${configs}schemas/`);
  for (const [before, after] of Object.entries(changes)) {
    if (!yaml.includes(before)) throw new Error(`configs/wine.yaml has no line ${before}`);
    yaml = yaml.replace(before, after);
  }
  mkdirSync(join(cwd, 'configs'));
  writeFileSync(join(cwd, 'configs/wine.yaml'), yaml);
  const options = { cwd, env };
  return {
    cwd,
    start: (...flags) => startCli(['start', 'configs/wine.yaml', ...flags], options),
    async sql(statement) {
      const { code, stdout, stderr } = await runCli(['sql', '-o', 'json', statement], options);
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
    },
  };
}

const countRows = async (job: Job) => Number((await job.sql('SELECT COUNT(*) AS N FROM RAW_EVENTS_STREAM'))[0]?.['N']);

async function stopped(worker: RunningCli, signal: NodeJS.Signals): Promise<CliResult> {
  worker.child.kill(signal);
  return worker.ended;
}

const urlIn = (text: string, title: string) => new RegExp(`${title} +(http://\\S+)`).exec(text)?.[1] ?? '';

test('wine sales flow into the table from one command, and SIGTERM stops it cleanly', async () => {
  const job = givenJob();
  const worker = job.start();
  await worker.prints('Next ');
  await worker.prints(/\[(ORDER_CREATED|INVENTORY_ADJUSTED)\] Event 1 sent/);
  await worker.prints('✅ Connected to Snowflake: WINE_SALES_DB.RAW_DATA');
  await eventually(async () => (await countRows(job)) > 0);

  const rest = urlIn(worker.stdout(), 'REST');
  expect(await (await fetch(`${rest}/connectors`)).json()).toEqual(['wine-sales-source', 'wine-sales-sink']);
  const metrics = await (await fetch(urlIn(worker.stdout(), 'Metrics'))).text();
  expect(metrics).toContain('kafka_events_consumed_total');

  const { code, stdout, stderr } = await stopped(worker, 'SIGTERM');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/📊 Events consumed: \d+ \| Inserted: \d+ \| DLQ: \d+ \| Total: \d+/);
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('stopped');
  expect(stdout, 'no colours without a terminal').not.toContain('\u001b');
});

test('a second start goes on where the first one stopped', async () => {
  const job = givenJob({ 'generation.delay.ms: 1000': 'generation.delay.ms: 1\n    max.events: 4000' });
  const first = job.start();
  await eventually(async () => (await countRows(job)) > 100);
  expect(await stopped(first, 'SIGINT')).toMatchObject({ code: 0 });
  const before = await countRows(job);
  expect(before).toBeLessThan(4000);

  const second = await job.start('--exit-when-done').ended;
  expect(second).toMatchObject({ code: 0, stderr: '' });
  const [counts] = await job.sql(
    'SELECT COUNT(*) AS N, COUNT(DISTINCT EVENT_METADATA:event_id::STRING) AS D FROM RAW_EVENTS_STREAM',
  );
  expect(counts?.['N']).toBe(counts?.['D']);
  const [, total] = [...second.stdout.matchAll(/Inserted: (\d+) \| DLQ: (\d+)/g)].at(-1) ?? [];
  expect(Number(counts?.['N'])).toBe(before + Number(total));
});

test('a service process that is killed comes back, and nothing is lost or doubled', async () => {
  const job = givenJob({
    'generation.delay.ms: 1000': 'generation.delay.ms: 2\n    max.events: 2000\n    invalid.ratio: 0',
    '    invalid.ratio: 0.02': '',
  });
  const worker = job.start('--exit-when-done');
  await eventually(async () => (await countRows(job)) > 100);
  process.kill(await hostOf(job), 'SIGKILL');
  await worker.prints('The embedded services are back', 20_000);
  expect(await worker.ended).toMatchObject({ code: 0 });
  const [counts] = await job.sql(
    'SELECT COUNT(*) AS N, COUNT(DISTINCT EVENT_METADATA:event_id::STRING) AS D FROM RAW_EVENTS_STREAM',
  );
  expect(counts).toEqual({ N: 2000, D: 2000 });
});

/** The process that hosts the embedded services of a job. */
async function hostOf({ cwd }: Job): Promise<number> {
  const { ensureEmbedded } = await import('../../src/embedded/services.ts');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const services = await ensureEmbedded({ dataDir: join(cwd, '.caves'), kafka: true, log, env });
  await services.release();
  return services.pid;
}

describe('bad input', () => {
  test('in the YAML is listed with its place, and nothing starts', async () => {
    const job = givenJob({ '      size: 100': '      sise: 100' });
    const { code, stdout, stderr } = await job.start().ended;
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/wine\.yaml:\d+:\d+ +error +batch\.sise .*Did you mean "batch\.size"\?/);
  });

  test('a Kafka that is not there is named while REST answers', async () => {
    const job = givenJob({ '${env:KAFKA_BROKERS:-embedded}': '127.0.0.1:1' });
    const worker = job.start();
    await worker.prints('REST ');
    expect(worker.stdout()).toContain('127.0.0.1:1');
    const health = await fetch(`${urlIn(worker.stdout(), 'REST')}/health`);
    expect(health.status).toBe(503);
    expect(await stopped(worker, 'SIGINT')).toMatchObject({ code: 0 });
  });

  test('a configured port that is in use ends the start with the key to change', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const job = givenJob({ 'worker:': `worker:\n  rest.port: ${port}` });
    const { code, stderr } = await job.start().ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`rest.port: cannot listen on 127.0.0.1:${port}`);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test('a data folder that cannot be used ends the start with one line', async () => {
    const job = givenJob();
    writeFileSync(join(job.cwd, '.caves'), 'a file');
    const { code, stderr } = await job.start().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The embedded services cannot keep their data in .*\.caves: a file is in its way.*\n$/);
  });
});

test('LOG_FORMAT=json makes every line one of JSON', async () => {
  const { cwd } = givenJob();
  const worker = startCli(['start', 'configs/wine.yaml'], { cwd, env: { ...env, LOG_FORMAT: 'json' } });
  await worker.prints('Event 1 sent');
  const { stdout } = await stopped(worker, 'SIGINT');
  for (const line of stdout.trimEnd().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ time: expect.any(String), level: expect.any(String) });
  }
});
