import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const module = new URL('../../../src/runtime/kafka/warnings.ts', import.meta.url).href;

async function stderrOf(program: string): Promise<string> {
  const args = ['--input-type=module', '--eval', `import { filterWarnings } from '${module}';\n${program}`];
  return (await promisify(execFile)(process.execPath, args)).stderr;
}

test('the warning that kafkajs causes on Node 24 does not reach the terminal', async () => {
  const provoke = 'setTimeout(() => {}, -5);';
  expect(await stderrOf(provoke)).toContain('TimeoutNegativeWarning');
  expect(await stderrOf(`filterWarnings(); ${provoke}`)).toBe('');
});

test('nor does it from a worker thread that filters for itself', async () => {
  const inThread = `import('${module}').then(({ filterWarnings }) => { filterWarnings(); setTimeout(() => {}, -5); });`;
  const program = `new (await import('node:worker_threads')).Worker(${JSON.stringify(inThread)}, { eval: true });`;
  expect(await stderrOf(program)).toBe('');
});

test('every other warning does', async () => {
  const stderr = await stderrOf("filterWarnings(); process.emitWarning('mind the gap', 'GapWarning');");
  expect(stderr).toContain('GapWarning: mind the gap');
});
