import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

describe('the command line', () => {
  test('shows its commands, and says so when it is started without one', async () => {
    const help = await runCli(['--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['start', 'plan', 'validate', 'plugins', 'dev', 'sql']) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect((await runCli([])).stdout).toBe(help.stdout);
  });

  test('shows the help of one command in both ways', async () => {
    const help = await runCli(['sql', '--help']);
    expect(help.stdout).toContain('$ caves-connect sql STATEMENT');
    expect((await runCli(['help', 'sql'])).stdout).toBe(help.stdout);
  });

  test('names the command that was probably meant', async () => {
    expect(await runCli(['strat', 'x.yaml'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'strat is no command of caves-connect: did you mean caves-connect start?\n',
    });
    const { code, stderr } = await runCli(['frobnicate']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'frobnicate is no command of caves-connect: there are: start, top, plan, validate, plugins, dev, sql\n',
    );
  });

  test('explains a wrong flag, a wrong value and a missing argument without a stack', async () => {
    const flag = await runCli(['start', '--exit-when-doen', 'x.yaml']);
    expect(flag.code).toBe(2);
    expect(flag.stderr).toContain('--exit-when-doen Did you mean "--exit-when-done"?');
    const value = await runCli(['sql', '-o', 'xml', 'SELECT 1']);
    expect(value.code).toBe(2);
    expect(value.stderr).toContain('table, json, csv');
    const missing = await runCli(['start']);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain('the YAML file');
    for (const { stderr } of [flag, value, missing]) expect(stderr).not.toMatch(/^\s+at /m);
  });

  test('tells its version and that of Node', async () => {
    const { stdout } = await runCli(['--version']);
    expect(stdout).toMatch(/^caves-connect \d+\.\d+\.\d+ on Node\.js 24\./);
  });
});

describe('validate', () => {
  const good = `connectors:
  sales:
    connector.class: wine-sales-generator
    topic: sales_events
`;

  test('finds nothing wrong with the main job', async () => {
    const { code, stdout, stderr } = await runCli(['validate', 'configs/wine.yaml']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('configs/wine.yaml: fine, 2 connectors\n');
  });

  test('lists every complaint of all files with file, line and column', async () => {
    const cwd = tempFolder();
    writeFileSync(join(cwd, 'good.yaml'), good);
    writeFileSync(join(cwd, 'bad.yaml'), `${good}    generation.dealy.ms: 5\n    max.events: many\n`);
    writeFileSync(join(cwd, 'broken.yaml'), 'connectors: [\n');
    const { code, stdout } = await runCli(['validate', 'good.yaml', 'bad.yaml', 'broken.yaml', 'missing.yaml'], {
      cwd,
    });
    expect(code).toBe(1);
    expect(stdout).toContain('good.yaml: fine, 1 connector\n');
    expect(stdout).toMatch(/bad\.yaml:5:5 .*generation\.dealy\.ms.*Did you mean "generation\.delay\.ms"\?/);
    expect(stdout).toMatch(/bad\.yaml:6:\d+ .*max\.events/);
    expect(stdout).toContain('bad.yaml: 2 errors\n');
    expect(stdout).toMatch(/broken\.yaml:\d+:\d+ /);
    expect(stdout).toMatch(/There is no file .*missing\.yaml/);
  });
});

describe('plugins', () => {
  test('lists the built-ins as a table and as JSON', async () => {
    const { code, stdout } = await runCli(['plugins']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CLASS +TYPE +VERSION +SUMMARY$/m);
    expect(stdout).toMatch(/^wine-sales-generator +source +\d/m);
    const json = JSON.parse((await runCli(['plugins', '-o', 'json'])).stdout) as { class: string }[];
    expect(json.map((plugin) => plugin.class)).toEqual(['dlq', 'snowflake-variant', 'wine-sales-generator']);
  });

  test('lists the plugins of a folder, and names a file that is none', async () => {
    const cwd = tempFolder();
    const folder = join(cwd, 'plugins');
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'mine.ts'),
      `import { defineTransform } from 'caves-connect/sdk';
export default defineTransform({ name: 'mine', version: '1.2.3', summary: 'Mine', config: { properties: {} },
  open: () => ({ apply: (records) => records }) });`,
    );
    const fine = await runCli(['plugins', '--plugin-path', 'plugins'], { cwd });
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    expect(fine.stdout).toMatch(/^mine +transform +1\.2\.3 +Mine$/m);
    writeFileSync(join(folder, 'broken.ts'), "throw new Error('boom');");
    const broken = await runCli(['plugins', '--plugin-path', 'plugins'], { cwd });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toContain('mine');
    expect(broken.stderr).toMatch(/broken\.ts.*boom/);
  });
});
