/**
 * Client libraries of Kafka Connect's REST API, unchanged, against a worker as its user starts it: kafka-connect-py from
 * PyPI (CAVES_PYTHON) and org.sourcelab:kafka-connect-client from Maven Central (CAVES_CONNECT_CLIENT, a folder of jars).
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { startCli } from '../../helpers/cli.ts';
import { pythonWith } from '../../helpers/python.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';

const run = promisify(execFile);
const timeout = 90_000;
const program = (file: string) => fileURLToPath(new URL(file, import.meta.url));

const python = pythonWith('kafka_connect');
const jars = process.env['CAVES_CONNECT_CLIENT'];

const config = {
  'connector.class': 'wine-sales-generator',
  topic: 'sales_events',
  'generation.delay.ms': '50',
};

/** The address of a worker without connectors, on services of its own; both end with the test. */
async function givenWorker(): Promise<string> {
  const cwd = tempFolder('caves-clients-');
  mkdirSync(join(cwd, '.git'));
  // A file needs a connector, and this one rests.
  const resting = { ...config, initial_state: 'STOPPED' };
  const lines = Object.entries(resting).map(([key, value]) => `    ${key}: ${value}`);
  const worker = 'worker:\n  rest.port: 0\n  metrics.port: 0\n';
  writeFileSync(join(cwd, 'jobs.yaml'), `${worker}connectors:\n  resting:\n${lines.join('\n')}\n`);
  const env = { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' };
  const started = startCli(['start', 'jobs.yaml'], { cwd, env });
  await started.prints(/REST +http:\S+/, 30_000);
  return /REST +(http:\S+)/.exec(started.stdout())?.[1] ?? '';
}

const running = { state: 'RUNNING', worker_id: expect.any(String), version: expect.any(String) };

describe.skipIf('missing' in python)(
  `kafka-connect-py${'missing' in python ? ` (skipped: ${python.missing})` : ''}`,
  () => {
    test('lives through the life of a connector', { timeout }, async () => {
      const { command } = python as { readonly command: string };
      const url = await givenWorker();
      const given = { ...config, name: 'sales' };

      const { stdout } = await run(command, [program('kafka_connect_py_client.py'), url, JSON.stringify(given)], {
        timeout,
      });

      const steps = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly step: string; readonly result: unknown });
      const { cluster, plugins, ...results } = Object.fromEntries(steps.map(({ step, result }) => [step, result]));
      expect(cluster).toMatchObject({ kafka_cluster_id: expect.stringMatching(/./) });
      expect(plugins).toEqual(expect.arrayContaining(['snowflake-variant', 'wine-sales-generator']));
      expect(results).toEqual({
        validate: 0,
        create: { name: 'sales', config: given, tasks: expect.any(Array), type: 'source' },
        list: expect.arrayContaining(['resting', 'sales']),
        'by state': ['sales'],
        get: { name: 'sales', config: given, tasks: [{ connector: 'sales', task: 0 }], type: 'source' },
        config: given,
        status: { name: 'sales', connector: running, tasks: [{ id: 0, ...running }], type: 'source' },
        tasks: [{ id: { connector: 'sales', task: 0 }, config: given }],
        task: { id: 0, ...running },
        update: '2',
        restart: 'RESTARTING',
        topics: ['sales'],
        gone: ['resting'],
        missing: { error_code: 404, message: 'Connector sales not found' },
      });
    });
  },
);

describe.skipIf(!jars)(
  `kafka-connect-client${jars ? '' : ' (skipped: CAVES_CONNECT_CLIENT names no folder of jars)'}`,
  () => {
    test('lives through the life of a connector', { timeout }, async () => {
      const url = await givenWorker();
      const keys = Object.entries(config).flat();

      const { stdout } = await run('java', ['-cp', `${jars}/*`, program('ConnectClient.java'), url, 'sales', ...keys], {
        timeout,
      });

      const results = Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/: (.*)/s).slice(0, 2)),
      );
      expect(results['plugins']).toMatch(/snowflake-variant.*wine-sales-generator/);
      expect(results['missing']).toContain('Connector sales not found');
      expect(results['list']).toMatch(/sales/);
      const { plugins: _, missing: __, list: ___, ...others } = results;
      expect(others).toEqual({
        cluster: 'false',
        validate: '0',
        create: 'sales',
        expanded: '2',
        type: 'source',
        config: 'sales_events',
        tasks: '1',
        task: 'RUNNING',
        pause: 'true',
        resume: 'true',
        update: '2',
        restart: 'true',
        'restart task': 'true',
        topics: 'sales',
        'reset topics': 'true',
        delete: 'true',
      });
    });
  },
);
