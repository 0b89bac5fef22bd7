/** A real Prometheus for a test: its own data folder, a port of the system's choice, ended with the test. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';

export const hasPrometheus = ['prometheus', 'promtool'].every(
  (program) => spawnSync(program, ['--version']).error === undefined,
);

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Time and value of an instant query. */
  readonly value: readonly [number, string];
}

export interface Prometheus {
  /** Evaluates an expression now; an invalid one throws Prometheus's own words. */
  query(expression: string): Promise<readonly Series[]>;
}

export async function startPrometheus(config: unknown): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'caves-prometheus-'));
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  const child = spawn(
    'prometheus',
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(async () => {
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const url = `http://${await addressOf(child)}`;
  return {
    async query(expression) {
      const response = await fetch(`${url}/api/v1/query`, {
        method: 'POST',
        body: new URLSearchParams({ query: expression }),
      });
      const answer = (await response.json()) as { status: string; error?: string; data: { result: Series[] } };
      if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`);
      return answer.data.result;
    },
  };
}

/** The address that Prometheus says it listens on. */
async function addressOf(child: ReturnType<typeof spawn>): Promise<string> {
  const said: string[] = [];
  if (child.stderr === null) throw new Error('Prometheus has no log');
  const lines = createInterface({ input: child.stderr });
  for await (const line of lines) {
    said.push(line);
    const [, address] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    // Read on, or the pipe fills up.
    child.stderr.resume();
    return address;
  }
  throw new Error(`Prometheus ended before it listened:\n${said.join('\n')}`);
}
