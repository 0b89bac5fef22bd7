/** What a newcomer has: a folder with the shipped configurations, and services that no other test uses. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embeddedServices, type TestServices } from '../faults/services.ts';
import { type CliResult, type RunningCli, runCli, startCli } from '../helpers/cli.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

export const wineFile = join('configs', 'wine.yaml');

export interface Project {
  readonly folder: string;
  readonly services: TestServices;
  /** `caves-connect …` in the project's folder. */
  start(...args: readonly string[]): RunningCli;
  run(...args: readonly string[]): Promise<CliResult>;
  /** The rows that a statement answers. */
  sql(statement: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Has the shipped `wine.yaml` generate faster, and end after so many events. */
  changePace(pace: { readonly delayMs: number; readonly events: number }): void;
}

export async function newProject(): Promise<Project> {
  const folder = tempFolder();
  cpSync(fileURLToPath(new URL('../../configs', import.meta.url)), join(folder, 'configs'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}');
  const services = await embeddedServices(folder);
  const options = { cwd: folder, env: services.env };
  const file = join(folder, wineFile);
  const shipped = readFileSync(file, 'utf8');
  const run: Project['run'] = (...args) => runCli(args, options);
  return {
    folder,
    services,
    start: (...args) => startCli(args, options),
    run,
    async sql(statement) {
      const { code, stdout, stderr } = await run('sql', '-o', 'json', statement);
      if (code !== 0) throw new Error(`caves-connect sql ended with ${code}: ${stderr}`);
      return JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[];
    },
    changePace({ delayMs, events }) {
      const wanted = `generation.delay.ms: ${delayMs}\n    max.events: ${events}`;
      writeFileSync(file, shipped.replace('generation.delay.ms: 1000', wanted));
    },
  };
}
