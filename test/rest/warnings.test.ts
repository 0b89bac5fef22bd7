import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const module = new URL('../../src/rest/warnings.ts', import.meta.url).href;

async function stderrOf(program: string): Promise<string> {
  const args = ['--input-type=module', '--eval', `import { filterWarnings } from '${module}';\n${program}`];
  return (await promisify(execFile)(process.execPath, args)).stderr;
}

test('the warning that serving the page causes does not reach the terminal', async () => {
  const provoke = `(await import('node:module')).stripTypeScriptTypes('let a: number;');`;
  expect(await stderrOf(provoke)).toContain('ExperimentalWarning');
  expect(await stderrOf(`filterWarnings(); ${provoke}`)).toBe('');
});

test('every other warning does', async () => {
  const stderr = await stderrOf("filterWarnings(); process.emitWarning('mind the gap', 'GapWarning');");
  expect(stderr).toContain('GapWarning: mind the gap');
});
