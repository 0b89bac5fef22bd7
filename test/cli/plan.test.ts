import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatPlan, planSteps } from '../../src/cli/plan.ts';
import { runCli, startCli } from '../helpers/cli.ts';
import { eventually } from '../helpers/eventually.ts';
import { tempFolder } from '../helpers/temp-folder.ts';

describe('a plan', () => {
  const present = new Map([
    ['snk', { name: 'snk', 'connector.class': 'a', 'batch.size': '100', topics: 'wines' }],
    ['same', { name: 'same', 'connector.class': 'a' }],
    ['old', { name: 'old', 'connector.class': 'a' }],
  ]);
  const wanted = [
    { name: 'fresh', config: { 'connector.class': 'a' } },
    { name: 'snk', config: { 'connector.class': 'a', 'batch.size': '200', 'batch.bytes': 'x'.repeat(100) } },
    { name: 'same', config: { 'connector.class': 'a' } },
  ];

  test('names what is created, changed key by key, kept and left alone', () => {
    expect(formatPlan(planSteps(present, wanted, { prune: false }))).toEqual([
      '+ fresh will be created',
      '~ snk will be changed, and its tasks started again',
      `    + batch.bytes: ${'x'.repeat(77)}…`,
      '    ~ batch.size: 100 → 200',
      '    - topics (was wines)',
      '= same is as the file says',
      '? old is not in the file and left alone (--prune deletes it)',
      '1 to create, 1 to change, 0 to delete, 2 unchanged',
    ]);
  });

  test('shows what a client of REST has written without what would steer a terminal', () => {
    const written = new Map([['snk', { name: 'snk', 'note\n': '\u001b[2Jgone\n\u009b' }]]);
    const [, line] = formatPlan(planSteps(written, [{ name: 'snk', config: {} }], { prune: false }));
    expect(line).toBe('    - note\\u000a (was \\u001b[2Jgone\\u000a\\u009b)');
  });

  test('deletes with --prune what the file does not name', () => {
    const lines = formatPlan(planSteps(present, [], { prune: true }));
    expect(lines).toContain('- old will be deleted; its offsets and what it has written stay');
    expect(lines.at(-1)).toBe('0 to create, 0 to change, 3 to delete, 0 unchanged');
  });
});

test('plan says what start then does, and --prune deletes the rest', async () => {
  const cwd = tempFolder('caves-plan-');
  mkdirSync(join(cwd, '.git'));
  const write = (yaml: string) => writeFileSync(join(cwd, 'jobs.yaml'), yaml);
  const source = (topic: string) =>
    `    connector.class: wine-sales-generator\n    topic: ${topic}\n    max.events: 1\n`;
  const head = 'worker:\n  rest.host: 127.0.0.1\nconnectors:\n';
  const options = { cwd, env: { CAVES_KAFKA_PORT: '0', CAVES_SNOWFLAKE_PORT: '0' } };
  const plan = (...flags: string[]) => runCli(['plan', 'jobs.yaml', ...flags], options);
  const start = async (...flags: string[]) => {
    const started = startCli(['start', 'jobs.yaml', '--exit-when-done', ...flags], options);
    const { code, stderr } = await started.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return started.stdout();
  };
  write(`${head}  one:\n${source('wines')}  two:\n${source('wines')}`);

  expect(await plan()).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^2 to create, 0 to change/m),
  });
  await start();
  expect((await plan()).stdout).toMatch(/^0 to create, 0 to change, 0 to delete, 2 unchanged$/m);

  write(`${head}  two:\n${source('spirits')}`);
  const { stdout } = await plan('--prune');
  expect(stdout).toContain('    ~ topic: wines → spirits\n');
  expect(stdout).toContain('- one will be deleted');
  expect(await start('--prune')).toContain('one is deleted: the file does not name it\n');
  await eventually(async () =>
    expect((await plan('--prune')).stdout).toBe(
      '= two is as the file says\n0 to create, 0 to change, 0 to delete, 1 unchanged\n',
    ),
  );
});

test('plan lists what is wrong with a file, and ends there', async () => {
  const cwd = tempFolder('caves-plan-');
  writeFileSync(join(cwd, 'jobs.yaml'), 'connectors:\n  one:\n    connector.class: wine-sales-generater\n');
  const { code, stdout, stderr } = await runCli(['plan', 'jobs.yaml'], { cwd });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/jobs\.yaml:3:\d+ .*Did you mean "wine-sales-generator"\?/);
});
