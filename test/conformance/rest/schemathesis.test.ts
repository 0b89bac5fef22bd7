/**
 * schemathesis (PyPI) sends a worker what its OpenAPI description allows and what it does not, and holds every answer
 * against it: no 5xx, and nothing that is not documented.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { pythonWith } from '../../helpers/python.ts';
import { tempFolder } from '../../helpers/temp-folder.ts';
import { startWorkerWithRest, workerPlugins } from './worker.ts';

const python = pythonWith('schemathesis');
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'unsupported_method',
  'allow_header_conformance',
];
const options = [
  // Its answer has no end.
  '--exclude-path',
  '/overview/events',
  '--seed',
  '1855',
  '--phases',
  'examples,coverage,fuzzing',
  '--max-examples',
  '10',
  '--warnings',
  'off',
];

test.skipIf('missing' in python)(
  'schemathesis finds no server error and no undocumented answer (skipped without CAVES_PYTHON)',
  async () => {
    const { url, connect, lines, stop } = await startWorkerWithRest();
    onTestFinished(stop);
    // The name that the examples of the description have.
    await connect.create('wine', { ...workerPlugins.source, name: 'wine' });
    const { code, output } = await schemathesis([`${url}/openapi.json`, '--checks', checks.join(','), ...options]);
    expect(code, output).toBe(0);
    expect(output).toMatch(/Test cases:\s+\d+ generated, \d+ passed/);
    expect(lines).toEqual([]);
  },
  120_000,
);

async function schemathesis(words: readonly string[]): Promise<{ readonly code: unknown; readonly output: string }> {
  const command = 'missing' in python ? '' : python.command;
  // It keeps what it learnt in the working directory.
  const where = { cwd: tempFolder('schemathesis-'), maxBuffer: 2 ** 26 };
  try {
    const { stdout } = await promisify(execFile)(command, ['-m', 'schemathesis.cli', 'run', ...words], where);
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code, output: `${error}${stdout}${stderr}` };
  }
}
