/** What the tests of bad input share: a folder with files, and Kafka and Snowflake in memory, which the test can harm. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { expect, onTestFinished } from 'vitest';
import { startBroker } from '../../src/embedded/kafka/index.ts';
import { startWarehouse, type WarehouseOptions } from '../../src/embedded/snowflake/index.ts';
import { letIdleConnectionsSleep } from '../../src/runtime/kafka/kafkajs/request-queue.ts';
import { type CliResult, type RunningCli, runCli, startCli } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

letIdleConnectionsSleep();

export interface Folder {
  readonly path: string;
  run(...args: readonly string[]): Promise<CliResult>;
  start(...args: readonly string[]): RunningCli;
}

/** A project with these files; its commands find embedded services on any free port, and nobody else's. */
export function givenFolder(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Folder {
  const path = tempFolder('caves-bad-');
  for (const [name, content] of Object.entries({ 'package.json': '{}', ...files })) {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const options = { cwd: path, env: { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0', ...env } };
  return { path, run: (...args) => runCli(args, options), start: (...args) => startCli(args, options) };
}

/** What must never be shown, whatever the input. */
export function expectNoStack(text: string): void {
  expect(text).not.toMatch(/^\s+at /m);
  expect(text).not.toContain('node:internal');
}

/** The address of the REST API, as the summary names it. */
export async function restOf(worker: RunningCli): Promise<string> {
  await worker.prints(/^ {2}REST +http\S+$/m);
  return /^ {2}REST +(\S+)$/m.exec(worker.stdout())?.[1] ?? '';
}

/** The trace of a connector's first task, as soon as that is FAILED. */
export async function traceOfFailure(worker: RunningCli, connector: string): Promise<string> {
  const rest = await restOf(worker);
  return eventually(async () => {
    const answer = await fetch(`${rest}/connectors/${connector}/status`);
    const { tasks } = (await answer.json()) as { tasks?: readonly { state: string; trace?: string }[] };
    expect(tasks?.[0]).toMatchObject({ state: 'FAILED' });
    return tasks?.[0]?.trace ?? '';
  });
}

export type Services = Awaited<ReturnType<typeof givenServices>>;

/** Kafka and Snowflake in the memory of this test; `yaml` names them for a worker and a sink of `events`. */
export async function givenServices(options: WarehouseOptions = {}) {
  const [broker, warehouse] = await Promise.all([startBroker(), startWarehouse(options)]);
  onTestFinished(async () => void (await Promise.all([broker.close(), warehouse.close()])));
  const brokers = `127.0.0.1:${broker.port}`;
  const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
  const worker = `worker: {bootstrap.servers: "${brokers}", rest.port: 0, metrics.port: 0}`;
  const snowflake = {
    url: warehouse.url,
    user: 'caves',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: our own way to name a variable
    password: '${env:SNOWFLAKE_PASSWORD:-caves}',
    warehouse: 'COMPUTE_WH',
  };
  return { broker, brokers, warehouse, kafka, worker, snowflake };
}
