/** Projects on disk for tests of configuration: a temporary folder with files in it, removed after the test. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { type LoadedProject, type LoadOptions, loadFile } from '../../../src/runtime/config/load.ts';
import type { Lint } from '../../../src/runtime/config/model.ts';

export type Files = Readonly<Record<string, string>>;

/** Writes files into a fresh folder and answers its path. */
export async function project(files: Files): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'caves-config-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await write(folder, files);
  return folder;
}

/** Writes files below a folder. */
export async function write(folder: string, files: Files): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** For scripts: where the registry is imported from. */
export const registryUrl = new URL('../../../src/runtime/plugins/registry.ts', import.meta.url).href;

/** Runs a module script in a Node of its own, in `folder`, without vitest's loader around it. */
export async function runScript(
  folder: string,
  text: string,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', text], { cwd: folder });
}

/** A source, a sink, a transform and an error handler as an outside author would write them. */
export const plugins: Files = {
  'counter.ts': `
import { defineSource } from 'caves-connect/sdk';
export default defineSource({
  name: 'counter', version: '1.2.3', summary: 'Counts',
  config: {
    properties: {
      topic: { type: 'string', description: 'Where to' },
      'poll.ms': { type: 'integer', minimum: 1, maximum: 1000, default: 500, description: 'How often' },
      mode: { type: 'string', enum: ['up', 'down'], default: 'up', description: 'Direction' },
      ratio: { type: 'number', description: 'A number' },
      loud: { type: 'boolean', description: 'A boolean' },
      password: { type: 'string', secret: true, description: 'A secret' },
      labels: { type: 'object', additionalProperties: { type: 'string', description: '' }, description: 'A map' },
      retry: {
        type: 'object',
        properties: { times: { type: 'integer', default: 3, description: '' }, wait: { type: 'string', description: '' } },
        description: 'An object',
      },
    },
    required: ['topic'],
  },
  initialOffset: { next: 1 },
  check: (config) => (config.topic === 'forbidden' ? { topic: 'this topic is not for you' } : {}),
  open: () => ({ async *read() {} }),
});`,
  'printer.ts': `
import { defineSink } from 'caves-connect/sdk';
export default defineSink({
  name: 'printer', version: '1.0.0', summary: 'Prints',
  config: { properties: { prefix: { type: 'string', description: 'Before each line' } } },
  open: () => ({ async write() {} }),
});`,
  'mask.ts': `
import { defineTransform } from 'caves-connect/sdk';
export default defineTransform({
  name: 'mask', version: '1.0.0', summary: 'Masks',
  config: { properties: { field: { type: 'string', description: 'Which' } }, required: ['field'] },
  open: () => ({ apply: (records) => records }),
});`,
  'drop.ts': `
import { defineErrorHandler } from 'caves-connect/sdk';
export default defineErrorHandler({
  name: 'drop', version: '1.0.0', summary: 'Drops',
  config: { properties: {} },
  open: () => ({ async handle() {} }),
});`,
};

/** Loads `caves.yaml` of a project; the environment is empty unless given. */
export async function load(yaml: string, files: Files = {}, options: LoadOptions = {}): Promise<LoadedProject> {
  const folder = await project({ 'package.json': '{}', ...plugins, ...files, 'caves.yaml': yaml });
  return loadFile('caves.yaml', { env: {}, cwd: folder, ...options });
}

/** `line:column code key message` of each complaint, without the folder of the test. */
export function lines(loaded: LoadedProject, lints: readonly Lint[] = loaded.lints): readonly string[] {
  const folder = `${dirname(loaded.file)}/`;
  return lints.map(({ at, code, key, message }) => {
    const file = at === undefined || at.file === loaded.file ? '' : `${at.file.replace(folder, '')}:`;
    return `${file}${at?.line}:${at?.column} ${code} ${key ?? '-'} ${message.replaceAll(folder, '')}`;
  });
}
