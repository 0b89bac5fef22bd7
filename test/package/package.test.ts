/**
 * The published package: packed from a copy of the checkout (packing rewrites package.json while it runs, which the
 * tests beside this one must not see), installed into an empty folder, and run there.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/temp-folder.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);
/** npm runs scripts with the node that is first in the path: the one that runs us. */
const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
  NO_COLOR: '1',
  CAVES_KAFKA_PORT: '0',
  CAVES_SNOWFLAKE_PORT: '0',
};

function copyOfCheckout(): string {
  const copy = tempFolder('caves-pack-');
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: readonly string[] };
  const sources = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'src', 'connectors', ...files];
  for (const name of sources.filter((name) => name !== 'dist' && existsSync(join(root, name)))) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

test('the package installs into an empty folder and runs there', { timeout: 300_000 }, async ({ skip }) => {
  skip(!process.env['CI'], 'packing and installing take half a minute: set CI=true');
  const copy = copyOfCheckout();
  const before = readFileSync(join(copy, 'package.json'), 'utf8');
  const packed = await run('npm', ['pack', '--json', '--silent'], { cwd: copy, env, maxBuffer: 1 << 26 });
  const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as [{ filename: string }];
  expect(readFileSync(join(copy, 'package.json'), 'utf8'), 'packing puts package.json back').toBe(before);

  const folder = join(tempFolder('caves-install-'), 'empty');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', join(copy, filename), '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
    env,
  });
  const installed = join(folder, 'node_modules/caves-connect');
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(manifest).not.toHaveProperty('optionalDependencies');
  expect(manifest).not.toHaveProperty('devDependencies');
  expect(existsSync(join(installed, 'src'))).toBe(false);

  const cli = (...args: string[]) => run('npx', ['--no', '--', 'caves-connect', ...args], { cwd: folder, env });
  expect((await cli('--help')).stdout).toContain('validate');
  expect((await cli('plugins')).stdout).toMatch(/^dlq +error-handler/m);
  expect((await cli('validate', join(installed, 'configs/wine.yaml'))).stdout).toContain('fine, 2 connectors');

  expect((await cli('sql', '-o', 'csv', 'SELECT 1 AS N')).stdout).toBe('N\r\n1\r\n');
  writeFileSync(
    join(folder, 'short.yaml'),
    'connectors: { sales: { connector.class: wine-sales-generator, topic: t, max.events: 3, generation.delay.ms: 0 } }',
  );
  const { stdout } = await cli('start', 'short.yaml', '--exit-when-done');
  expect(stdout).toContain('Event 3 sent');
  expect(stdout.trimEnd()).toMatch(/stopped$/);

  writeFileSync(
    join(folder, 'author.mjs'),
    "import { defineSource } from 'caves-connect/sdk';\nconsole.log(typeof defineSource);",
  );
  expect((await run(process.execPath, ['author.mjs'], { cwd: folder })).stdout).toBe('function\n');
});
